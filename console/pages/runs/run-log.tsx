import { listRunLog, type Run } from '@holdfast/api';
import { Button, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { exactTime } from '../../ui/exact-time.ts';
import { WhenRead } from '../../ui/when-read.tsx';
import { logClock } from './log-clock.ts';
import { LOG_PAGE_LINES } from './log-pages.ts';
import classes from './run-log.module.css';

const POLL_MILLISECONDS = 2_000;
/** While a run goes on its log is read to the end; a longer one page by page, as its reader asks for it. */
const READ_ON_LINES = 2_000;

/** What the data plane wrote while it ran. Values of secrets were removed before a line was stored. */
export function RunLog({ run, active, live }: { run: Run; active: boolean; live: boolean }) {
  const log = useEndpointPages(
    listRunLog,
    { params: { run: run.id }, query: { limit: LOG_PAGE_LINES } },
    { refetchInterval: (pages) => (active && !live ? POLL_MILLISECONDS * (pages?.length ?? 1) : false) },
  );
  const { refetch, hasNextPage, isFetching, fetchNextPage } = log;
  // Who has read the log to its end is shown what is behind it since.
  const atEnd = useRef(false);
  if (log.data?.pages.at(-1)?.nextCursor === null) atEnd.current = true;
  const readsOn = hasNextPage && (atEnd.current || (active && log.items.length < READ_ON_LINES));
  useEffect(() => {
    if (readsOn && !isFetching) void fetchNextPage();
  }, [readsOn, isFetching, fetchNextPage]);
  const wasActive = useRef(active);
  useEffect(() => {
    if (wasActive.current && !active) void refetch();
    wasActive.current = active;
  }, [active, refetch]);
  return (
    <WhenRead what="The log" of={log}>
      {log.items.length === 0 ? (
        <Text c="dimmed">
          {log.isPending
            ? 'Reading the log…'
            : run.logRemovedAt === null
              ? 'Nothing was written yet.'
              : 'The log was removed after its time.'}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className={classes.log} tabIndex={0} aria-label="Lines of the log">
          <ol className={classes.lines}>
            {log.items.map((line) => (
              <li key={line.sequence} className={classes.line} data-level={line.level}>
                <time dateTime={line.time} title={exactTime(line.time)} className={classes.time}>
                  {logClock(line.time)}
                </time>
                <span className={classes.level}>{line.level}</span>
                <span className={classes.message}>
                  {line.itemName === null || line.message.includes(line.itemName) ? '' : `${line.itemName}: `}
                  {line.message}
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      {hasNextPage && !readsOn ? (
        <Button variant="default" size="xs" mt="xs" loading={log.isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more of the log
        </Button>
      ) : null}
    </WhenRead>
  );
}
