import { listWorkflows, type Project, type Workflow } from '@holdfast/api';
import { Group, Text, Title } from '@mantine/core';
import { WorkflowIcon } from '@primer/octicons-react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { LinkButton, TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { RunStatus } from '../runs/run-status.tsx';
import { WorkflowState } from '../workflows/workflow-state.tsx';
import { stepsInWords } from '../workflows/workflow-words.ts';

/** The workflows of a project. */
export function ProjectWorkflows({ project }: { project: Project }) {
  const organization = useOrganization();
  const workflows = useEndpointPages(listWorkflows, { query: { project: project.id } });
  const add = organization.may('workflows:write') ? (
    <LinkButton
      variant={workflows.items.length === 0 && project.components > 0 ? 'filled' : 'default'}
      to="/organizations/$organization/projects/$project/workflows/$workflow"
      params={{ organization: organization.slug, project: project.id, workflow: 'new' }}
    >
      New workflow
    </LinkButton>
  ) : null;
  const firstActions = add && (
    <>
      {add}
      <LinkButton
        variant="default"
        to="/organizations/$organization/projects/$project/examples"
        params={{ organization: organization.slug, project: project.id }}
      >
        Start from an example
      </LinkButton>
    </>
  );
  const empty = workflows.isSuccess && workflows.items.length === 0;
  return (
    <section aria-labelledby="workflows">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="workflows">
          Workflows
        </Title>
        {empty ? null : add}
      </Group>
      <WhenRead what="The workflows" of={workflows}>
        <DataTable
          label="Workflows"
          columns={columns(organization.slug)}
          rows={workflows.items}
          rowKey={(workflow) => workflow.id}
          loading={workflows.isPending}
          hasMore={workflows.hasNextPage}
          loadingMore={workflows.isFetchingNextPage}
          loadMore={() => void workflows.fetchNextPage()}
          empty={
            <EmptyState icon={<WorkflowIcon size={22} />} title="No workflows yet" actions={project.components > 0 ? firstActions : null}>
              A workflow takes documents from a source through its components. {nextStep(project, organization.may('workflows:write'))}
            </EmptyState>
          }
        />
      </WhenRead>
    </section>
  );
}

function nextStep(project: Project, mayWrite: boolean): string {
  if (!mayWrite) return 'Editors and admins make them.';
  return project.components > 0 ? 'The components are there, so a workflow can use them.' : 'Make a component first.';
}

function columns(slug: string): Column<Workflow>[] {
  return [
    {
      key: 'name',
      header: 'Workflow',
      cell: (workflow) => (
        <div>
          <TextLink
            fw={600}
            to="/organizations/$organization/projects/$project/workflows/$workflow"
            params={{ organization: slug, project: workflow.project.id, workflow: workflow.id }}
          >
            {workflow.name}
          </TextLink>
          {workflow.description === '' ? null : (
            <Text size="sm" c="dimmed" lineClamp={1}>
              {workflow.description}
            </Text>
          )}
        </div>
      ),
    },
    { key: 'steps', header: 'Steps', wraps: true, cell: (workflow) => stepsInWords(workflow) },
    {
      key: 'last',
      header: 'Last run',
      cell: (workflow) =>
        workflow.lastRun === null ? (
          <Text span c="dimmed">
            never
          </Text>
        ) : (
          <span>
            <TextLink to="/organizations/$organization/runs/$run" params={{ organization: slug, run: workflow.lastRun.id }}>
              <RelativeTime time={workflow.lastRun.createdAt} />
            </TextLink>{' '}
            <RunStatus status={workflow.lastRun.status} />
          </span>
        ),
    },
    {
      key: 'state',
      header: 'State',
      cell: (workflow) => <WorkflowState workflow={workflow} />,
    },
  ];
}
