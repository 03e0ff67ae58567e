import { listRunLog, type Run } from '@holdfast/api';
import { Button, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { exactTime } from '../../ui/time-words.ts';
import { WhenRead } from '../../ui/when-read.tsx';
import classes from './run-log.module.css';

const POLL_MILLISECONDS = 2_000;

/** What the data plane wrote while it ran. Values of secrets were removed before a line was stored. */
export function RunLog({ run, active, live }: { run: Run; active: boolean; live: boolean }) {
  const log = useEndpointPages(
    listRunLog,
    { params: { run: run.id }, query: { limit: 200 } },
    { refetchInterval: active && !live ? POLL_MILLISECONDS : false },
  );
  const { refetch } = log;
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
                  {clock(line.time)}
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
      {log.hasNextPage ? (
        <Button variant="default" size="xs" mt="xs" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          Show more of the log
        </Button>
      ) : null}
    </WhenRead>
  );
}

/** "14:03:27" in the reader's zone. */
function clock(time: string): string {
  return new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}
