import { type Answer, type getOverview, listProjects } from '@holdfast/api';
import { Text, Title } from '@mantine/core';
import { CheckIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { LinkButton } from '../../ui/links.tsx';
import classes from './first-steps.module.css';

interface Step {
  title: string;
  words: string;
  done: boolean;
  /** Only for the first step that is not done. */
  action: ReactNode;
}

/** The way from an empty organization to the first published document. It goes away when it was walked. */
export function FirstSteps({ overview, everRan }: { overview: Answer<typeof getOverview>; everRan: boolean }) {
  const organization = useOrganization();
  const mayConfigure = organization.may('components:write');
  const started = overview.projects > 0;
  const projects = useEndpoint(listProjects, { query: { limit: 1 } }, { enabled: mayConfigure && started && !everRan });
  if (everRan || !mayConfigure) return null;
  const params = { organization: organization.slug };
  const project = projects.data?.items[0];
  const toProject =
    project === undefined ? (
      <LinkButton to="/organizations/$organization/projects" params={params}>
        Go to the projects
      </LinkButton>
    ) : (
      <LinkButton to="/organizations/$organization/projects/$project" params={{ ...params, project: project.id }}>
        Open {project.name}
      </LinkButton>
    );
  const steps: Step[] = [
    ...(overview.secrets === null
      ? []
      : [
          {
            title: 'Add a secret',
            words: 'For example the connection string of a storage account. It is sealed in this browser, and nobody will see it again.',
            done: overview.secrets.total > 0,
            action: (
              <LinkButton to="/organizations/$organization/secrets" params={params} search={{ add: '' }}>
                Add Secret
              </LinkButton>
            ),
          },
        ]),
    {
      title: 'Make a project',
      words: 'It groups what belongs together: the components and the workflows of one team or purpose.',
      done: overview.projects > 0,
      action: (
        <LinkButton to="/organizations/$organization/projects" params={params}>
          Go to the projects
        </LinkButton>
      ),
    },
    {
      title: 'Configure a component',
      words:
        overview.secrets === null
          ? 'For example an Azure Blob publisher, with a secret that an admin has added. Test the connection before anything is sent.'
          : 'For example an Azure Blob publisher that uses the secret. Test the connection before anything is sent.',
      done: overview.components.total > 0,
      action: toProject,
    },
    {
      title: 'Make a workflow',
      words: 'It takes documents from a source and publishes them with the component.',
      done: overview.workflows > 0,
      action: toProject,
    },
    { title: 'Run it', words: 'Drop some documents on the workflow’s page and press Run.', done: everRan, action: toProject },
  ];
  const next = steps.findIndex((step) => !step.done);
  return (
    <section className={classes.frame} aria-labelledby="first-steps">
      <Title order={2} id="first-steps">
        From a secret to the first published document
      </Title>
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          <li key={step.title} className={classes.step} data-done={step.done} data-next={index === next}>
            <span className={classes.mark}>
              {step.done ? <CheckIcon size={15} aria-label="Done" /> : <span aria-hidden>{index + 1}</span>}
            </span>
            <div className={classes.words}>
              <Text fw={600}>{step.title}</Text>
              <Text size="sm" c="dimmed">
                {step.words}
              </Text>
              {index === next ? <div className={classes.action}>{step.action}</div> : null}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
