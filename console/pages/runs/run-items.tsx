import { ITEM_STATUSES, itemStatusInWords, listRunItems, type Run, type RunItem } from '@holdfast/api';
import { Button, Group, Progress, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { sizeInWords } from '../workflows/workflow-words.ts';
import { ItemStatus, type ItemStatusName } from './run-status.tsx';
import { itemStepInWords } from './run-words.ts';

const POLL_MILLISECONDS = 1_200;

/** The documents of a run, each with its state. While the run goes on they are asked for again and again. */
export function RunItems({ run, active }: { run: Run; active: boolean }) {
  const [status, setStatus] = useState<ItemStatusName>();
  const items = useEndpointPages(
    listRunItems,
    { params: { run: run.id }, query: { limit: 100, ...(status === undefined ? {} : { status }) } },
    { refetchInterval: (pages) => (active ? POLL_MILLISECONDS * (pages?.length ?? 1) : false), keepPrevious: true },
  );
  useOnceMoreAtTheEnd(active, items.refetch);

  return (
    <>
      <Group gap={6} mb="xs" role="group" aria-label="Filter by state">
        <Filter on={status === undefined} label="All" count={run.items.total} press={() => setStatus(undefined)} />
        {ITEM_STATUSES.map((candidate) =>
          run.items[candidate] === 0 && status !== candidate ? null : (
            <Filter
              key={candidate}
              on={status === candidate}
              label={capitalized(itemStatusInWords(candidate, active))}
              count={run.items[candidate]}
              press={() => setStatus(candidate)}
            />
          ),
        )}
      </Group>
      <WhenRead what="The documents" of={items}>
        <DataTable
          label="Documents"
          columns={active ? COLUMNS_WHILE_ACTIVE : COLUMNS}
          rows={items.items}
          rowKey={(item) => item.id}
          loading={items.isPending}
          hasMore={items.hasNextPage && !items.isError}
          loadingMore={items.isFetchingNextPage}
          loadMore={() => void items.fetchNextPage()}
          empty={<Text c="dimmed">{status === undefined ? 'No documents.' : `No document is ${itemStatusInWords(status, active)}.`}</Text>}
        />
      </WhenRead>
    </>
  );
}

function Filter({ on, label, count, press }: { on: boolean; label: string; count: number; press: () => void }) {
  return (
    <Button size="compact-sm" radius="xl" variant={on ? 'light' : 'default'} aria-pressed={on} onClick={press}>
      {label} {count.toLocaleString()}
    </Button>
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

const columnsOf = (active: boolean): readonly Column<RunItem>[] => [
  {
    key: 'name',
    header: 'Document',
    width: '45%',
    cell: (item) => (
      <div>
        <Text span fw={500} style={{ overflowWrap: 'anywhere' }}>
          {item.name}
        </Text>
        {item.publishedAs === null || item.publishedAs === item.name || item.steps.length > 0 ? null : (
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            as {item.publishedAs}
          </Text>
        )}
        {item.steps.map((step) => (
          <Text key={step.name} size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {itemStepInWords(step)}
          </Text>
        ))}
        {item.failure === null ? null : (
          <Text size="sm" c={item.status === 'failed' ? 'var(--holdfast-bad-ink)' : 'dimmed'} mt={2}>
            {item.failure.detail} {item.failure.remedy}
          </Text>
        )}
      </div>
    ),
  },
  {
    key: 'status',
    header: 'State',
    width: 150,
    cell: (item) => (
      <div>
        <ItemStatus status={item.status} active={active} />
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
const COLUMNS = columnsOf(false);
const COLUMNS_WHILE_ACTIVE = columnsOf(true);

function capitalized(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
