import type { Component } from '@holdfast/api';
import { Fragment } from 'react';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';

/** More of them are counted: the project's page lists them all. */
const SHOWN = 3;

/** The workflows that use a component, by name. */
export function WorkflowLinks({ component }: { component: Pick<Component, 'project' | 'workflows'> }) {
  const { slug } = useOrganization();
  const { project, workflows } = component;
  const more = workflows.length - SHOWN;
  return (
    <span>
      {workflows.slice(0, SHOWN).map((workflow, index) => (
        <Fragment key={workflow.id}>
          {index === 0 ? '' : ', '}
          <TextLink
            inherit
            to="/organizations/$organization/projects/$project/workflows/$workflow"
            params={{ organization: slug, project: project.id, workflow: workflow.id }}
          >
            {workflow.name}
          </TextLink>
        </Fragment>
      ))}
      {more > 0 ? ` and ${more.toLocaleString()} more` : ''}
    </span>
  );
}
