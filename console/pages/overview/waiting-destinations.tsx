import { listDestinations } from '@holdfast/api';
import { useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { TextLink } from '../../ui/links.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { DecisionDialog, type PendingDecision } from '../destinations/decision-dialog.tsx';
import { destinationColumns } from '../destinations/destination-columns.tsx';
import { keyOf } from '../destinations/destination-words.ts';
import { WAITING_SHOWN, WaitingSection } from './waiting-section.tsx';

const TITLE = 'Destinations that wait for you';

/** Requests that an owner or admin has not answered; nothing while there are none. */
export function WaitingDestinations({ waiting }: { waiting: number }) {
  const { slug, may } = useOrganization();
  const [pending, setPending] = useState<PendingDecision>();
  const enabled = waiting > 0 && may('destinations:read');
  const list = useEndpoint(listDestinations, { query: { state: 'requested', limit: WAITING_SHOWN } }, { enabled });
  const decide = may('destinations:write')
    ? (decision: PendingDecision['decision'], row: PendingDecision['rows'][number]) => setPending({ decision, rows: [row] })
    : undefined;
  return (
    <>
      {enabled ? (
        <WaitingSection
          title={TITLE}
          waiting={waiting}
          all={(words) => (
            <TextLink
              size="sm"
              to="/organizations/$organization/destinations"
              params={{ organization: slug }}
              search={{ state: 'requested' }}
            >
              {words}
            </TextLink>
          )}
        >
          <WhenRead what="The destinations that wait" of={list}>
            <DataTable
              label={TITLE}
              rows={list.data?.items ?? []}
              rowKey={keyOf}
              loading={list.isPending}
              columns={destinationColumns(slug, decide)}
            />
          </WhenRead>
        </WaitingSection>
      ) : null}
      {/* It stays while a reason is typed, although somebody else has answered the last request. */}
      <DecisionDialog pending={pending} close={() => setPending(undefined)} decided={() => {}} />
    </>
  );
}
