import { ITEM_STATUSES, itemStatusInWords, listRunItems, type Run, type RunItem } from '@holdfast/api';
import { Box, Button, Checkbox, Group, Progress, Text } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ActButton } from '../../ui/act-button.tsx';
import { capitalized } from '../../ui/capitalized.ts';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { sizeInWords } from '../workflows/workflow-words.ts';
import { type Downloads, ItemDownloads } from './item-downloads.tsx';
import { ItemSteps } from './item-steps.tsx';
import { useMayRetry, useRetry } from './retry-buttons.tsx';
import { ItemStatus, type ItemStatusName } from './run-status.tsx';

const POLL_MILLISECONDS = 1_200;
/** What one request takes. */
const CHOSEN_MAXIMUM = 1_000;
const ALL = 'all';

/**
 * The documents of a run, each with its state; what was not published can be tried again, one by one or some
 * together. While the run goes on and the page does not hear of it, they are asked for again and again.
 */
export function RunItems({ run, active, live }: { run: Run; active: boolean; live: boolean }) {
  const [status, setStatus] = useState<ItemStatusName>();
  const items = useEndpointPages(
    listRunItems,
    { params: { run: run.id }, query: { limit: 100, ...(status === undefined ? {} : { status }) } },
    { refetchInterval: (pages) => (active && !live ? POLL_MILLISECONDS * (pages?.length ?? 1) : false), keepPrevious: true },
  );
  useOnceMoreAtTheEnd(active, items.refetch);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const mayRetry = useMayRetry(run);
  const { retry, isPending } = useRetry(run);
  const retryable = mayRetry ? items.items.filter(isRetryable) : [];
  const selected = retryable.filter(({ id }) => chosen.has(id));
  const { slug, may } = useOrganization();
  const mayDownload = may('documents:read');
  const columns = useMemo(() => {
    const toggle = (ids: readonly string[], on: boolean) =>
      setChosen((former) => new Set(on ? [...former, ...ids] : [...former].filter((id) => !ids.includes(id))));
    const again = (item: RunItem) => retry({ itemIds: [item.id] }, `“${item.name}” is tried again.`);
    return columnsOf(
      active,
      mayRetry ? { chosen, toggle, retry: again } : undefined,
      mayDownload ? { organization: slug, runId: run.id } : undefined,
    );
  }, [active, mayRetry, mayDownload, chosen, retry, slug, run.id]);

  return (
    <>
      <Box mb="xs">
        <ChoiceChips
          label="Filter by state"
          choices={[
            { value: ALL, label: 'All', count: run.items.total },
            ...ITEM_STATUSES.filter((each) => run.items[each] > 0 || status === each).map((each) => ({
              value: each,
              label: capitalized(itemStatusInWords(each, active)),
              count: run.items[each],
            })),
          ]}
          value={status ?? ALL}
          onChange={(chosen) => setStatus(chosen === ALL ? undefined : chosen)}
        />
      </Box>
      {retryable.length > 1 ? (
        <Group gap="sm" mb="xs">
          <Checkbox
            size="sm"
            label={selected.length === 0 ? 'Choose documents to try again' : `${selected.length.toLocaleString()} chosen`}
            checked={selected.length === retryable.length}
            indeterminate={selected.length > 0 && selected.length < retryable.length}
            onChange={() => setChosen(selected.length === 0 ? new Set(retryable.slice(0, CHOSEN_MAXIMUM).map(({ id }) => id)) : new Set())}
          />
          {selected.length === 0 ? null : (
            <Button
              size="compact-sm"
              loading={isPending}
              onClick={async () => {
                const said = `${selected.length === 1 ? 'One document is' : `${selected.length.toLocaleString()} documents are`} tried again.`;
                if (await retry({ itemIds: selected.map(({ id }) => id) }, said)) setChosen(new Set());
              }}
            >
              Try {selected.length.toLocaleString()} again
            </Button>
          )}
        </Group>
      ) : null}
      <WhenRead what="The documents" of={items}>
        <DataTable
          label="Documents"
          columns={columns}
          rows={items.items}
          rowKey={(item) => item.id}
          loading={items.isPending}
          hasMore={items.hasNextPage}
          loadingMore={items.isFetchingNextPage}
          loadMore={() => void items.fetchNextPage()}
          empty={<Text c="dimmed">{status === undefined ? 'No documents.' : `No document is ${itemStatusInWords(status, active)}.`}</Text>}
        />
      </WhenRead>
    </>
  );
}

/** When the run ends, what was asked last may be a moment old. */
function useOnceMoreAtTheEnd(active: boolean, refetch: () => unknown) {
  const wasActive = useRef(active);
  useEffect(() => {
    if (wasActive.current && !active) void refetch();
    wasActive.current = active;
  }, [active, refetch]);
}

/** What of a run that has ended can be tried again. */
function isRetryable({ status }: RunItem): boolean {
  return status === 'failed' || status === 'waiting' || status === 'skipped';
}

interface Retrying {
  readonly chosen: ReadonlySet<string>;
  readonly toggle: (ids: readonly string[], on: boolean) => void;
  readonly retry: (item: RunItem) => Promise<boolean>;
}

const columnsOf = (active: boolean, retrying: Retrying | undefined, downloads: Downloads | undefined): readonly Column<RunItem>[] => [
  {
    key: 'name',
    header: 'Document',
    width: '45%',
    cell: (item) => (
      <div>
        {retrying !== undefined && isRetryable(item) ? (
          <Checkbox
            size="sm"
            label={
              <Text span fw={500} style={{ overflowWrap: 'anywhere' }}>
                {item.name}
              </Text>
            }
            checked={retrying.chosen.has(item.id)}
            onChange={(event) => retrying.toggle([item.id], event.currentTarget.checked)}
          />
        ) : (
          <Text span fw={500} style={{ overflowWrap: 'anywhere' }}>
            {item.name}
          </Text>
        )}
        {item.publishedAs === null || item.publishedAs === item.name || item.steps.length > 0 ? null : (
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            as {item.publishedAs}
          </Text>
        )}
        {item.steps.length === 0 ? null : <ItemSteps steps={item.steps} />}
        {downloads === undefined ? null : <ItemDownloads item={item} from={downloads} />}
        {item.failure === null ? null : (
          <Text size="sm" c={item.status === 'failed' ? 'var(--holdfast-bad-ink)' : 'dimmed'} mt={2}>
            {item.failure.detail} {item.failure.remedy}
          </Text>
        )}
        {retrying !== undefined && isRetryable(item) ? (
          <ActButton size="compact-xs" variant="default" mt={4} act={() => retrying.retry(item)}>
            Try again
          </ActButton>
        ) : null}
      </div>
    ),
  },
  {
    key: 'status',
    header: 'State',
    width: 150,
    cell: (item) => (
      <div>
        <ItemStatus status={item.status} active={active && !item.held} />
        {item.attempts > 1 ? (
          <Text span size="xs" c="dimmed">
            {' '}
            attempt {item.attempts}
          </Text>
        ) : null}
        {item.status === 'running' && item.size > 0 ? (
          <Progress value={(item.sent / item.size) * 100} size={4} mt={6} aria-label={`${item.name} is being published`} />
        ) : null}
      </div>
    ),
  },
  {
    key: 'size',
    header: 'Size',
    width: 120,
    cell: (item) => {
      if (item.status === 'skipped') return '–';
      return item.status === 'running' && item.sent < item.size
        ? `${sizeInWords(item.sent)} of ${sizeInWords(item.size)}`
        : sizeInWords(item.size);
    },
  },
  {
    key: 'type',
    header: 'Type',
    wideOnly: true,
    cell: (item) => (
      <Text c="dimmed" maw={200} truncate title={item.contentType}>
        {item.contentType}
      </Text>
    ),
  },
  { key: 'finished', header: 'Finished', width: 140, cell: (item) => <RelativeTime time={item.finishedAt} none="–" /> },
];
