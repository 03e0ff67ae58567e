import type { Answer, getOverview } from '@holdfast/api';
import { Text, Title } from '@mantine/core';
import { useOrganization } from '../../api/organization.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { TextLink } from '../../ui/links.tsx';

const TITLE = 'Triggers that need attention';

type Failing = Answer<typeof getOverview>['failingTriggers'];

/** Triggers that should start runs and start none; nothing is shown while all is well. */
export function FailingTriggers({ failing: { total, items } }: { failing: Failing }) {
  const { slug } = useOrganization();
  if (total === 0) return null;
  return (
    <section aria-labelledby="failing-triggers">
      <Title order={2} id="failing-triggers" mb="xs">
        {TITLE}
      </Title>
      <DataTable label={TITLE} columns={columns(slug)} rows={items} rowKey={({ id }) => id} />
      {total > items.length ? (
        <Text size="sm" mt="xs">
          {(total - items.length).toLocaleString()} more: the lists of workflows in{' '}
          <TextLink size="sm" to="/organizations/$organization/projects" params={{ organization: slug }}>
            the projects
          </TextLink>{' '}
          say which.
        </Text>
      ) : null}
    </section>
  );
}

function columns(slug: string): Column<Failing['items'][number]>[] {
  return [
    { key: 'name', header: 'Trigger', cell: ({ name }) => name },
    {
      key: 'workflow',
      header: 'Workflow',
      cell: ({ workflow, projectId }) => (
        <TextLink
          to="/organizations/$organization/projects/$project/workflows/$workflow"
          params={{ organization: slug, project: projectId, workflow: workflow.id }}
        >
          {workflow.name}
        </TextLink>
      ),
    },
    { key: 'why', header: 'Why', wraps: true, cell: ({ failure }) => failure.detail },
  ];
}
