import type { Component, ComponentType, Project } from '@holdfast/api';
import { type ReactNode, useState } from 'react';
import { useOrganization } from '../../api/organization.ts';
import type { ConfigurationFormProps } from '../../forms/configuration-form.tsx';
import type { TypedAlready } from '../../forms/sensitive-option-context.ts';
import { RequestSecretDialog } from '../secret-requests/dialogs.tsx';
import { AddSecretDialog } from '../secrets/dialogs.tsx';

interface SecretDialogs extends Pick<ConfigurationFormProps, 'addSecret' | 'askForSecret'> {
  dialogs: ReactNode;
}

/**
 * How a secret that an option needs comes to be without leaving the form: admins add it, editors ask for it.
 */
export function useSecretDialogs(project: Project, type: ComponentType, component: Component | undefined): SecretDialogs {
  const { may } = useOrganization();
  const [adding, setAdding] = useState<{ name: string; chosen: (name: string) => void; typed: TypedAlready | undefined }>();
  const [asking, setAsking] = useState<{ name: string; option: string }>();
  return {
    addSecret: may('secrets:write') ? (suggested, chosen, typed) => setAdding({ name: suggested, chosen, typed }) : undefined,
    askForSecret:
      !may('secrets:write') && may('secret-requests:write') ? (suggested, option) => setAsking({ name: suggested, option }) : undefined,
    dialogs: (
      <>
        <AddSecretDialog
          key={adding?.name}
          opened={adding !== undefined}
          close={() => setAdding(undefined)}
          name={adding?.name ?? ''}
          typed={adding?.typed}
          added={(added) => adding?.chosen(added)}
        />
        <RequestSecretDialog
          key={`${asking?.option} ${asking?.name}`}
          opened={asking !== undefined}
          close={() => setAsking(undefined)}
          projectId={project.id}
          type={type}
          componentId={component?.id}
          option={asking?.option ?? ''}
          suggestedName={asking?.name ?? ''}
        />
      </>
    ),
  };
}
