import { DESTINATION_STATES, listDestinations, type SecretDestination } from '@holdfast/api';
import { TextInput } from '@mantine/core';
import { SearchIcon, ShieldCheckIcon } from '@primer/octicons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { useAddressText } from '../../ui/address-text.ts';
import { BulkActions, tickColumn } from '../../ui/bulk-actions.tsx';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { useSelection } from '../../ui/use-selection.ts';
import { WhenRead } from '../../ui/when-read.tsx';
import { DecisionDialog, type PendingDecision } from './decision-dialog.tsx';
import { destinationColumns } from './destination-columns.tsx';
import { DestinationMode } from './destination-mode.tsx';
import { canDecide, keyOf, STATE_WORDS, secretWords } from './destination-words.ts';
import classes from './destinations-page.module.css';

const SEARCH_MILLISECONDS = 250;
/** Characters that the API looks for. */
const SEARCH_MAXIMUM = 200;

/** Where values may go that name no host themselves: what waits for an answer, and what was decided. */
export function DestinationsPage() {
  const { slug, may } = useOrganization();
  const navigate = useNavigate();
  const { state, search } = useSearch({ from: '/organizations/$organization/destinations' });
  const mayDecide = may('destinations:write');
  const query = { ...(state === undefined ? {} : { state }), ...(search === undefined ? {} : { search }) };
  const list = useEndpointPages(listDestinations, { query }, { enabled: may('destinations:read'), keepPrevious: true });
  const selection = useSelection(list.items, keyOf);
  const [pending, setPending] = useState<PendingDecision>();
  const filter = (changes: { state?: SecretDestination['state'] | undefined; search?: string | undefined }) =>
    navigate({
      to: '/organizations/$organization/destinations',
      params: { organization: slug },
      search: { state, search, ...changes },
      replace: true,
    });
  const [text, type] = useAddressText(search, (words) => void filter({ search: words }), SEARCH_MILLISECONDS);
  if (!may('destinations:read')) {
    return (
      <Page title="Destinations">
        <NoPermission what="Owners and admins decide where values may go." />
      </Page>
    );
  }
  const filtered = state !== undefined || search !== undefined;
  return (
    <Page
      title="Destinations"
      description="A value that names no host, such as an API key, goes only where an owner or admin has approved: one secret, one scheme, host and port."
    >
      {list.first === undefined ? null : <DestinationMode mode={list.first.mode} counts={list.first.counts} />}
      <div className={classes.tools}>
        <ChoiceChips
          label="State"
          value={state ?? 'all'}
          choices={[
            { value: 'all', label: 'All' },
            ...DESTINATION_STATES.map((value) => ({
              value,
              label: STATE_WORDS[value],
              count: value === 'requested' ? list.first?.counts.requested : undefined,
            })),
          ]}
          onChange={(choice) => void filter({ state: DESTINATION_STATES.find((known) => known === choice) })}
        />
        <TextInput
          aria-label="Search secrets and destinations"
          placeholder="Secret or host"
          leftSection={<SearchIcon size={15} />}
          className={classes.search ?? ''}
          maxLength={SEARCH_MAXIMUM}
          value={text}
          onChange={(event) => type(event.currentTarget.value)}
        />
      </div>
      <WhenRead what="The destinations" of={list}>
        <BulkActions
          label="Selected destinations"
          selection={selection}
          selectAll={
            selection.all ? undefined : { label: `Select all ${list.items.length.toLocaleString()} listed`, select: selection.toggleAll }
          }
          actions={decisionsFor(selection.selected).map(({ decision, label, rows }) => ({
            label: `${label} ${rows.length}`,
            act: () => setPending({ decision, rows }),
          }))}
        >
          <DataTable
            label="Destinations"
            rows={list.items}
            rowKey={keyOf}
            loading={list.isPending}
            columns={[
              ...(mayDecide ? [tickColumn(selection, (row) => `${secretWords(row)} to ${row.destination}`)] : []),
              ...destinationColumns(slug, mayDecide ? (decision, row) => setPending({ decision, rows: [row] }) : undefined),
            ]}
            hasMore={list.hasNextPage}
            loadingMore={list.isFetchingNextPage}
            loadMore={() => void list.fetchNextPage()}
            empty={
              <EmptyState icon={<ShieldCheckIcon size={22} />} title={filtered ? 'Nothing matches' : 'Nothing waits'}>
                {filtered
                  ? 'No destination has this state and these words.'
                  : 'When an editor saves a component that sends a secret to an address which nobody has approved, the request stands here. What you save yourself is approved by that.'}
              </EmptyState>
            }
          />
        </BulkActions>
      </WhenRead>
      <DecisionDialog pending={pending} close={() => setPending(undefined)} decided={selection.clear} />
    </Page>
  );
}

/** What can be decided about the rows, and about which of them. */
function decisionsFor(rows: readonly SecretDestination[]) {
  const decisions = [
    { decision: 'approve', label: 'Approve' },
    { decision: 'refuse', label: 'Refuse' },
    { decision: 'revoke', label: 'Revoke' },
  ] as const;
  return decisions
    .map((each) => ({ ...each, rows: rows.filter((row) => canDecide(each.decision, row)) }))
    .filter((each) => each.rows.length > 0);
}
