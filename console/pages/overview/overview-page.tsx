import { listRuns } from '@holdfast/api';
import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { useOverview } from '../../api/overview.ts';
import { isUnreadable } from '../../api/problem.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { TextLink } from '../../ui/links.tsx';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { runColumns } from '../runs/run-columns.tsx';
import { isActive } from '../runs/run-status.tsx';
import { FailingTriggers } from './failing-triggers.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Numbers } from './numbers.tsx';
import { RunsPlot } from './runs-plot.tsx';
import { SecretsDue } from './secrets-due.tsx';
import { WaitingDestinations } from './waiting-destinations.tsx';
import { WaitingRequests } from './waiting-requests.tsx';

const POLL_MILLISECONDS = 3_000;
const QUIET_POLL_MILLISECONDS = 30_000;

/** What there is, what needs somebody, and what happened lately. */
export function OverviewPage() {
  const organization = useOrganization();
  const runs = useEndpoint(
    listRuns,
    { query: { limit: 6 } },
    { refetchInterval: (latest) => (latest?.items.some((run) => isActive(run.status)) ? POLL_MILLISECONDS : QUIET_POLL_MILLISECONDS) },
  );
  const anyActive = runs.data?.items.some((run) => isActive(run.status)) ?? false;
  const overview = useOverview({ refetchInterval: anyActive ? POLL_MILLISECONDS : QUIET_POLL_MILLISECONDS });

  return (
    <Page
      title="Overview"
      description={
        organization.may('secrets:read')
          ? `What ${organization.name} keeps, what uses it, and what needs attention.`
          : `The workflows of ${organization.name}, and how their runs went.`
      }
    >
      {overview.isError && overview.data === undefined ? (
        <ErrorState what="The overview" error={overview.error} retry={() => overview.refetch()} />
      ) : overview.data === undefined ? (
        <Placeholder>
          <Stack>
            <Skeleton height={84} radius="lg" />
            <Skeleton height={180} radius="lg" />
          </Stack>
        </Placeholder>
      ) : (
        <Stack gap="xl">
          <FirstSteps overview={overview.data} everRan={(runs.data?.items.length ?? 0) > 0} />
          <Numbers overview={overview.data} />
          <WaitingDestinations waiting={overview.data.destinations?.requested ?? 0} />
          <WaitingRequests waiting={overview.data.secretRequests?.waiting ?? 0} />
          <FailingTriggers failing={overview.data.failingTriggers} />
          <SecretsDue counts={overview.data.secrets} />
          {overview.data.runsPerDay.some((day) => day.succeeded + day.failed > 0) ? <RunsPlot days={overview.data.runsPerDay} /> : null}
          {isUnreadable(runs) ? <ErrorState what="The latest runs" error={runs.error} retry={() => runs.refetch()} /> : null}
          {runs.data === undefined || runs.data.items.length === 0 ? null : (
            <section aria-labelledby="recent">
              <Title order={2} id="recent" mb="xs">
                Latest runs
              </Title>
              <DataTable label="Latest runs" columns={runColumns(organization.slug)} rows={runs.data.items} rowKey={(run) => run.id} />
              {runs.data.nextCursor === null ? null : (
                <Text size="sm" mt="xs">
                  <TextLink size="sm" to="/organizations/$organization/runs" params={{ organization: organization.slug }}>
                    All runs
                  </TextLink>
                </Text>
              )}
            </section>
          )}
        </Stack>
      )}
    </Page>
  );
}
