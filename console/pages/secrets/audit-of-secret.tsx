import { listAudit } from '@holdfast/api';
import { Text } from '@mantine/core';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { WhenRead } from '../../ui/when-read.tsx';
import { AuditTable } from '../audit/audit-table.tsx';

/** What happened to one secret, and what used it, newest first. */
export function AuditOfSecret({ name }: { name: string }) {
  const events = useEndpointPages(listAudit, { query: { secret: name } });
  return (
    <WhenRead what="The events" of={events}>
      <AuditTable
        events={events.items}
        loading={events.isPending}
        hasMore={events.hasNextPage}
        loadingMore={events.isFetchingNextPage}
        loadMore={events.fetchNextPage}
        empty={<Text c="dimmed">Nothing is recorded under this name.</Text>}
      />
    </WhenRead>
  );
}
