import { DESTINATION_STATES, listDestinations, type SecretDestination } from '@holdfast/api';
import { Button, Checkbox, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { SearchIcon, ShieldCheckIcon } from '@primer/octicons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import type { Column } from '../../ui/table-row.tsx';
import { DecisionDialog, type PendingDecision } from './decision-dialog.tsx';
import { destinationColumns } from './destination-columns.tsx';
import { DestinationMode } from './destination-mode.tsx';
import { keyOf, STATE_WORDS, secretWords } from './destination-words.ts';
import classes from './destinations-page.module.css';

const SEARCH_MILLISECONDS = 250;

/** Where values may go that name no host themselves: what waits for an answer, and what was decided. */
export function DestinationsPage() {
  const { slug, may } = useOrganization();
  const navigate = useNavigate();
  const { state, search } = useSearch({ from: '/organizations/$organization/destinations' });
  const mayDecide = may('destinations:write');
  const query = { ...(state === undefined ? {} : { state }), ...(search === undefined ? {} : { search }) };
  const list = useEndpointPages(listDestinations, { query }, { enabled: may('destinations:read'), keepPrevious: true });
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [pending, setPending] = useState<PendingDecision>();
  const filter = (changes: { state?: SecretDestination['state'] | undefined; search?: string | undefined }) =>
    navigate({
      to: '/organizations/$organization/destinations',
      params: { organization: slug },
      search: { state, search, ...changes },
      replace: true,
    });
  const searchLater = useDebouncedCallback((text: string) => void filter({ search: text === '' ? undefined : text }), SEARCH_MILLISECONDS);
  if (!may('destinations:read')) {
    return (
      <Page title="Destinations">
        <NoPermission what="Owners and admins decide where values may go." />
      </Page>
    );
  }
  const selected = list.items.filter((row) => ticked.has(keyOf(row)));
  const filtered = state !== undefined || search !== undefined;
  return (
    <Page
      title="Destinations"
      description="A value that names no host, such as an API key, goes only where an owner or admin has approved: one secret, one scheme, host and port."
    >
      {list.isError && list.first === undefined ? (
        <ErrorState what="The destinations" error={list.error} retry={() => list.refetch()} />
      ) : (
        <>
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
              defaultValue={search ?? ''}
              onChange={(event) => searchLater(event.currentTarget.value)}
            />
          </div>
          {selected.length === 0 ? null : (
            <Selected rows={selected} clear={() => setTicked(new Set())} decide={(decision, rows) => setPending({ decision, rows })} />
          )}
          <DataTable
            label="Destinations"
            rows={list.items}
            rowKey={keyOf}
            loading={list.isPending}
            columns={[
              ...(mayDecide ? [tickColumn(list.items, ticked, setTicked)] : []),
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
        </>
      )}
      <DecisionDialog pending={pending} close={() => setPending(undefined)} decided={() => setTicked(new Set())} />
    </Page>
  );
}

function Selected({
  rows,
  clear,
  decide,
}: {
  rows: readonly SecretDestination[];
  clear: () => void;
  decide: (decision: PendingDecision['decision'], rows: readonly SecretDestination[]) => void;
}) {
  const open = rows.filter(({ state }) => state !== 'approved');
  const waiting = rows.filter(({ state }) => state === 'requested');
  const approved = rows.filter(({ state }) => state === 'approved');
  const button = (decision: PendingDecision['decision'], label: string, those: readonly SecretDestination[]) =>
    those.length === 0 ? null : (
      <Button size="compact-sm" variant="default" onClick={() => decide(decision, those)}>
        {label} {those.length}
      </Button>
    );
  return (
    <section className={classes.bar} aria-label="Selected destinations">
      <Text size="sm" fw={600} aria-live="polite">
        {rows.length.toLocaleString()} selected
      </Text>
      <span className={classes.actions}>
        {button('approve', 'Approve', open)}
        {button('refuse', 'Refuse', waiting)}
        {button('revoke', 'Revoke', approved)}
        <Button size="compact-sm" variant="subtle" onClick={clear}>
          Clear
        </Button>
      </span>
    </section>
  );
}

function tickColumn(
  rows: readonly SecretDestination[],
  ticked: ReadonlySet<string>,
  setTicked: (keys: ReadonlySet<string>) => void,
): Column<SecretDestination> {
  const all = rows.length > 0 && rows.every((row) => ticked.has(keyOf(row)));
  return {
    key: 'tick',
    header: 'Select',
    quiet: true,
    width: 36,
    head: (
      <Checkbox
        size="xs"
        aria-label="Select all that are listed"
        checked={all}
        indeterminate={!all && rows.some((row) => ticked.has(keyOf(row)))}
        onChange={() => setTicked(all ? new Set() : new Set(rows.map(keyOf)))}
      />
    ),
    cell: (row) => (
      <Checkbox
        size="xs"
        aria-label={`Select ${secretWords(row)} to ${row.destination}`}
        checked={ticked.has(keyOf(row))}
        onChange={() => {
          const next = new Set(ticked);
          if (!next.delete(keyOf(row))) next.add(keyOf(row));
          setTicked(next);
        }}
      />
    ),
  };
}
