import { listDestinations, type Secret } from '@holdfast/api';
import { Text } from '@mantine/core';
import { useState } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { DecisionDialog, type PendingDecision } from '../destinations/decision-dialog.tsx';
import { destinationColumns } from '../destinations/destination-columns.tsx';
import { keyOf } from '../destinations/destination-words.ts';

/** Where the value of a secret may go, and who has said so. */
export function DestinationsOfSecret({ secret }: { secret: Secret }) {
  const { slug, may } = useOrganization();
  const list = useEndpointPages(listDestinations, { query: { secret: secret.name } });
  const [pending, setPending] = useState<PendingDecision>();
  const decide = may('destinations:write')
    ? (decision: PendingDecision['decision'], row: (typeof list.items)[number]) => setPending({ decision, rows: [row] })
    : undefined;
  return (
    <WhenRead what="The destinations" of={list}>
      <Text size="sm" c="dimmed" mb="sm">
        {secret.destinations.length > 0 ? (
          <>
            Its details name <span className="mono">{secret.destinations.join(', ')}</span>: the value goes nowhere else, and there without
            further approval unless others are sealed with it.
          </>
        ) : (
          'Places that are sealed with the value, or that it names itself, are seen by nobody here. To any other place it goes once that is approved below.'
        )}
      </Text>
      <DataTable
        label="Destinations"
        rows={list.items}
        rowKey={keyOf}
        loading={list.isPending}
        columns={destinationColumns(slug, decide, 'secret')}
        hasMore={list.hasNextPage}
        loadingMore={list.isFetchingNextPage}
        loadMore={() => void list.fetchNextPage()}
        empty={<Text size="sm">Nobody has asked for a destination or approved one.</Text>}
      />
      <DecisionDialog pending={pending} close={() => setPending(undefined)} decided={() => {}} />
    </WhenRead>
  );
}
