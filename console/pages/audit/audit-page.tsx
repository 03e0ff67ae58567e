import { exportAudit, listAudit } from '@holdfast/api';
import { Button, Skeleton } from '@mantine/core';
import { LogIcon } from '@primer/octicons-react';
import { useSearch } from '@tanstack/react-router';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable } from '../../api/problem.ts';
import { useRecordState } from '../../api/record-state.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { ActivityPlot } from './activity-plot.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { AuditTable } from './audit-table.tsx';
import { dayBounds } from './day-bounds.ts';
import { RecordStatus } from './record-status.tsx';

const PAGE_SIZE = 100;
/** As high as the plot with its caption, and the line about the record. */
const PLOT_PIXELS = 64;
const STATUS_PIXELS = 22;

/** Every change and every use, in the order in which they happened. */
export function AuditPage() {
  const { slug, may } = useOrganization();
  const { from, to, ...filters } = useSearch({ from: '/organizations/$organization/audit' });
  const chosen = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''));
  const events = useEndpointPages(
    listAudit,
    { query: { ...chosen, ...dayBounds(from, to), fold: 're-seals', limit: PAGE_SIZE } },
    { enabled: may('audit:read'), keepPrevious: true },
  );
  const record = useRecordState(may('audit:read'));
  if (!may('audit:read')) {
    return (
      <Page title="Audit">
        <NoPermission what="Owners and admins read the audit." />
      </Page>
    );
  }
  const filtered = Object.keys(chosen).length > 0 || from !== undefined || to !== undefined;
  const exportPath = exportAudit.path.replace(':organization', encodeURIComponent(slug));
  return (
    <Page
      title="Audit"
      description="Every change and every use, recorded before it happens. The record is a signed log: no event can be changed or removed unnoticed."
      actions={
        <Button component="a" href={exportPath} download={`${slug}-audit.ndjson`} variant="default">
          Export
        </Button>
      }
    >
      {record.data?.stopped ? <RecordStatus state={record.data} /> : null}
      <AuditFilters />
      <WhenRead what="The events" of={events}>
        {/* What is still to come has its room already, so that nothing jumps when it is there. */}
        {events.isPending ? (
          <Placeholder>
            <Skeleton height={PLOT_PIXELS} mb={10} />
          </Placeholder>
        ) : events.items.length === 0 ? null : (
          <ActivityPlot events={events.items} more={events.hasNextPage} />
        )}
        {record.isPending ? (
          <Placeholder>
            <Skeleton height={STATUS_PIXELS} mb={8} width={320} />
          </Placeholder>
        ) : isUnreadable(record) ? (
          <ErrorState what="The state of the record" error={record.error} retry={() => record.refetch()} />
        ) : record.data === undefined || record.data.stopped !== null ? null : (
          <RecordStatus state={record.data} />
        )}
        <AuditTable
          events={events.items}
          loading={events.isPending}
          hasMore={events.hasNextPage}
          loadingMore={events.isFetchingNextPage}
          loadMore={events.fetchNextPage}
          empty={
            <EmptyState icon={<LogIcon size={22} />} title={filtered ? 'No events match' : 'No events yet'}>
              {filtered
                ? 'Names must match exactly, as they were at the time. Try fewer filters or a longer period.'
                : 'The first sign-in, the first secret and its first use will be listed here.'}
            </EmptyState>
          }
        />
      </WhenRead>
    </Page>
  );
}
