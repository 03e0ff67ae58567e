import { getProject, getWorkflow, listRuns, RUN_STATUSES } from '@holdfast/api';
import { Button, Group, Text } from '@mantine/core';
import { PlayIcon, XIcon } from '@primer/octicons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEndpoint, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { capitalized } from '../../ui/capitalized.ts';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { Page } from '../../ui/page.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { pollInterval } from './poll-interval.ts';
import { runColumns } from './run-columns.tsx';
import { RunHistory } from './run-history.tsx';

const ALL = 'all';

/** Runs of every workflow, newest first. */
export function RunsPage() {
  const organization = useOrganization();
  const navigate = useNavigate();
  const mayStart = organization.may('runs:start');
  const search = useSearch({ from: '/organizations/$organization/runs' });
  const runs = useEndpointPages(listRuns, { query: search }, { keepPrevious: true, refetchInterval: pollInterval });
  const workflow = useEndpoint(getWorkflow, { params: { workflow: search.workflow ?? '' } }, { enabled: search.workflow !== undefined });
  const project = useEndpoint(getProject, { params: { project: search.project ?? '' } }, { enabled: search.project !== undefined });
  const filtered = search.status !== undefined || search.workflow !== undefined || search.project !== undefined;

  const narrow = (changes: Partial<typeof search>) =>
    void navigate({
      to: '/organizations/$organization/runs',
      params: { organization: organization.slug },
      search: { ...search, ...changes },
      replace: true,
    });

  return (
    <Page title="Runs" description="Every run of every workflow: what was published, by whom it was started, and what went wrong.">
      <RunHistory workflow={search.workflow} project={search.project} />
      <Group gap={6} mb="sm">
        <ChoiceChips
          label="Filter by status"
          choices={[{ value: ALL, label: 'All' }, ...RUN_STATUSES.map((status) => ({ value: status, label: capitalized(status) }))]}
          value={search.status ?? ALL}
          onChange={(status) => narrow({ status: status === ALL ? undefined : status })}
        />
        {search.workflow === undefined ? null : (
          <OnlyOf what="workflow" name={workflow.data?.name} remove={() => narrow({ workflow: undefined })} />
        )}
        {search.project === undefined ? null : (
          <OnlyOf what="project" name={project.data?.name} remove={() => narrow({ project: undefined })} />
        )}
      </Group>
      <WhenRead what="The runs" of={runs}>
        <DataTable
          label="Runs"
          columns={runColumns(organization.slug)}
          rows={runs.items}
          rowKey={(run) => run.id}
          loading={runs.isPending}
          hasMore={runs.hasNextPage}
          loadingMore={runs.isFetchingNextPage}
          loadMore={() => void runs.fetchNextPage()}
          empty={
            filtered ? (
              <Text c="dimmed">No run fits the filter.</Text>
            ) : (
              <EmptyState
                icon={<PlayIcon size={22} />}
                title="Nothing has run yet"
                actions={
                  mayStart ? (
                    <LinkButton to="/organizations/$organization/projects" params={{ organization: organization.slug }}>
                      Go to the projects
                    </LinkButton>
                  ) : null
                }
              >
                {mayStart ? 'Open a workflow in one of the projects and press Run.' : 'Editors and admins run workflows.'} The progress,
                document by document, is shown here.
              </EmptyState>
            )
          }
        />
      </WhenRead>
    </Page>
  );
}

/** Says that the list is of one workflow or project alone, and takes that away. */
function OnlyOf({ what, name = `one ${what}`, remove }: { what: 'workflow' | 'project'; name: string | undefined; remove: () => void }) {
  return (
    <Button
      size="compact-sm"
      radius="xl"
      variant="light"
      rightSection={<XIcon size={13} aria-hidden />}
      onClick={remove}
      aria-label={`${name} alone: show the runs of every ${what}`}
    >
      {name}
    </Button>
  );
}
