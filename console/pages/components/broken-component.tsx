import {
  type Component,
  getComponent,
  getOverview,
  getProject,
  listComponents,
  listSecretNames,
  listWorkflows,
  updateComponent,
} from '@holdfast/api';
import { Button, Group, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { BrokenNotice } from '../projects/broken-notice.tsx';
import { AddSecretDialog } from '../secrets/dialogs.tsx';

interface BrokenComponentProps {
  component: Component;
  /** Puts the secret into the form, to be saved with what else is changed there. */
  choose: (option: string, secretName: string) => void;
  /** The form holds no changes, so that the component can be saved by itself. */
  unchanged: boolean;
}

/** Why a component cannot be used, and the step that makes it whole. */
export function BrokenComponent({ component, choose, unchanged }: BrokenComponentProps) {
  if (component.broken === null) return null;
  const faulty = component.sensitiveOptions.flatMap(({ option, secrets }) =>
    secrets.filter(({ state }) => state !== 'ok').map(({ name, state }) => ({ option, secretName: name, state })),
  );
  const missing = faulty.filter(({ state }) => state === 'secret_missing').length;
  return (
    <BrokenNotice broken={component.broken}>
      {faulty.map(({ option, secretName, state }) =>
        state === 'secret_missing' ? (
          <MissingSecret
            key={`${option} ${secretName}`}
            component={component}
            option={option}
            secretName={secretName}
            // Saving requires every reference to be found: with more than one missing, each is chosen first
            // and all are saved together.
            choose={choose}
            unchanged={unchanged && missing === 1}
          />
        ) : (
          <ExistingSecret key={`${option} ${secretName}`} secretName={secretName} />
        ),
      )}
    </BrokenNotice>
  );
}

interface MissingSecretProps extends BrokenComponentProps {
  option: string;
  secretName: string;
}

/**
 * A new secret of the same name does not take the place of the deleted one by itself: who presses the button
 * says that it shall.
 */
function MissingSecret({ component, option, secretName, choose, unchanged }: MissingSecretProps) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const asked = useSearch({ strict: false, select: (search: { add?: string }) => search.add === secretName });
  const found = useEndpoint(listSecretNames, { params: { project: component.project.id }, query: { name: secretName, limit: 1 } });
  const update = useCommand(updateComponent, [getComponent, listComponents, getProject, listWorkflows, getOverview]);
  const [adding, setAdding] = useState<boolean>();
  const [problem, setProblem] = useState<ShownProblem>();
  const mayAdd = organization.may('secrets:write');
  const isThere = (found.data?.items.length ?? 0) > 0;
  const mayUse = organization.may('components:write');
  // As the link asks, unless somebody has followed it before.
  if (asked && adding === undefined && !found.isPending) setAdding(!isThere);

  async function use() {
    setProblem(undefined);
    if (!unchanged) return choose(option, secretName);
    try {
      await update.mutateAsync({
        params: { project: component.project.id, component: component.id },
        body: { name: component.name, revision: component.revision, configuration: component.configuration, sealedOptions: {} },
      });
      notifyDone(`${component.name} uses ${secretName} again.`);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }
  function closeDialog() {
    setAdding(false);
    if (asked) void navigate({ to: '.', search: {}, replace: true });
  }

  // While it is being added here, the dialog finishes first.
  if (isThere && !adding) {
    return (
      <>
        <Text size="sm" mt={8}>
          There is a secret of this name again.
        </Text>
        {mayUse ? (
          <Button variant="default" size="compact-sm" mt={6} loading={update.isPending} onClick={use}>
            Use {secretName}
          </Button>
        ) : null}
        <FormProblem problem={problem} />
      </>
    );
  }
  return (
    <>
      {mayAdd ? (
        <Button variant="default" size="compact-sm" mt={8} onClick={() => setAdding(true)}>
          Add {secretName}
        </Button>
      ) : (
        <Group gap="xs" mt={8}>
          <Text size="sm">
            Ask an admin to add <span className="mono">{secretName}</span>
          </Text>
          <CopyButton value={secretName} what="the name" />
          <CopyButton value={linkToAdd(window.location, secretName)} what="the link for an admin" />
        </Group>
      )}
      <FormProblem problem={problem} />
      <AddSecretDialog opened={mayAdd && adding === true} close={closeDialog} name={secretName} added={() => void use()} />
    </>
  );
}

function ExistingSecret({ secretName }: { secretName: string }) {
  const organization = useOrganization();
  if (!organization.may('secrets:read')) {
    return (
      <Group gap="xs" mt={8}>
        <Text size="sm">
          Ask an admin about <span className="mono">{secretName}</span>
        </Text>
        <CopyButton value={secretName} what="the name" />
      </Group>
    );
  }
  return (
    <LinkButton
      variant="default"
      size="compact-sm"
      mt={8}
      to="/organizations/$organization/secrets/$secret"
      params={{ organization: organization.slug, secret: secretName }}
    >
      Open {secretName}
    </LinkButton>
  );
}

/** This page, with the dialog open that adds the secret. */
function linkToAdd({ origin, pathname }: Pick<Location, 'origin' | 'pathname'>, secretName: string): string {
  return `${origin}${pathname}?add=${encodeURIComponent(secretName)}`;
}
