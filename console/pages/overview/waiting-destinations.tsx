import { listDestinations } from '@holdfast/api';
import { Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { TextLink } from '../../ui/links.tsx';
import { DecisionDialog, type PendingDecision } from '../destinations/decision-dialog.tsx';
import { destinationColumns } from '../destinations/destination-columns.tsx';
import { keyOf } from '../destinations/destination-words.ts';

const SHOWN = 5;

/** Requests that an owner or admin has not answered; nothing while there are none. */
export function WaitingDestinations({ waiting }: { waiting: number }) {
  const { slug, may } = useOrganization();
  const [pending, setPending] = useState<PendingDecision>();
  const enabled = waiting > 0 && may('destinations:read');
  const list = useEndpoint(listDestinations, { query: { state: 'requested', limit: SHOWN } }, { enabled });
  if (!enabled) return null;
  const decide = may('destinations:write')
    ? (decision: PendingDecision['decision'], row: PendingDecision['rows'][number]) => setPending({ decision, rows: [row] })
    : undefined;
  return (
    <section aria-labelledby="waiting">
      <Title order={2} id="waiting" mb="xs">
        Waits for you
      </Title>
      <DataTable
        label="Waits for you"
        rows={list.data?.items ?? []}
        rowKey={keyOf}
        loading={list.isPending}
        columns={destinationColumns(slug, decide)}
      />
      {waiting > SHOWN ? (
        <Text size="sm" mt="xs">
          <TextLink
            size="sm"
            to="/organizations/$organization/destinations"
            params={{ organization: slug }}
            search={{ state: 'requested' }}
          >
            All {waiting.toLocaleString()} that wait
          </TextLink>
        </Text>
      ) : null}
      <DecisionDialog pending={pending} close={() => setPending(undefined)} decided={() => {}} />
    </section>
  );
}
