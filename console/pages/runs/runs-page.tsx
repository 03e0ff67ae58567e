import { getWorkflow, listRuns, RUN_STATUSES, type Run } from '@holdfast/api';
import { Button, Group, Text } from '@mantine/core';
import { PlayIcon, XIcon } from '@primer/octicons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEndpoint, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { Page } from '../../ui/page.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { runColumns } from './run-columns.tsx';
import { RunHistory } from './run-history.tsx';
import { isActive, type RunStatusName } from './run-status.tsx';

const POLL_MILLISECONDS = 2_000;
const QUIET_POLL_MILLISECONDS = 15_000;
const ALL = 'all';

/** More often while something moves; less often the more pages there are to ask for. */
function pollInterval(pages: { items: Run[] }[] | undefined): number {
  const active = pages?.some(({ items }) => items.some((run) => isActive(run.status))) ?? false;
  return active ? POLL_MILLISECONDS * (pages?.length ?? 1) : QUIET_POLL_MILLISECONDS;
}

/** Runs of every workflow, newest first. */
export function RunsPage() {
  const organization = useOrganization();
  const navigate = useNavigate();
  const mayStart = organization.may('runs:start');
  const search = useSearch({ from: '/organizations/$organization/runs' });
  const runs = useEndpointPages(listRuns, { query: search }, { keepPrevious: true, refetchInterval: pollInterval });
  const workflow = useEndpoint(getWorkflow, { params: { workflow: search.workflow ?? '' } }, { enabled: search.workflow !== undefined });
  const filtered = search.status !== undefined || search.workflow !== undefined || search.project !== undefined;

  function filter(status: RunStatusName | undefined) {
    void navigate({
      to: '/organizations/$organization/runs',
      params: { organization: organization.slug },
      search: { ...search, status },
      replace: true,
    });
  }

  return (
    <Page title="Runs" description="Every run of every workflow: what was published, by whom it was started, and what went wrong.">
      <RunHistory workflow={search.workflow} />
      <Group gap={6} mb="sm">
        <ChoiceChips
          label="Filter by status"
          choices={[
            { value: ALL, label: 'All' },
            ...RUN_STATUSES.map((status) => ({ value: status, label: status.slice(0, 1).toUpperCase() + status.slice(1) })),
          ]}
          value={search.status ?? ALL}
          onChange={(status) => filter(status === ALL ? undefined : status)}
        />
        {search.workflow === undefined ? null : (
          <Button
            size="compact-sm"
            radius="xl"
            variant="light"
            rightSection={<XIcon size={13} aria-hidden />}
            onClick={() =>
              void navigate({
                to: '/organizations/$organization/runs',
                params: { organization: organization.slug },
                search: { ...search, workflow: undefined },
                replace: true,
              })
            }
            aria-label={`Show the runs of every workflow, not only of ${workflow.data?.name ?? 'this one'}`}
          >
            {workflow.data?.name ?? 'one workflow'}
          </Button>
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
