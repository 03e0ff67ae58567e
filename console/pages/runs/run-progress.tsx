import { itemCountsInWords, type Run } from '@holdfast/api';
import { Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { sizeInWords } from '../workflows/workflow-words.ts';
import classes from './run-progress.module.css';
import { isActive } from './run-status.tsx';
import { durationInWords, timeLeftInWords } from './run-words.ts';
import { StateBar } from './state-bar.tsx';

/** How long a pace is watched before anything is said about it. */
const PACE_SECONDS = 5;

/** How far the run is: documents, bytes, time. */
export function RunProgress({ run }: { run: Run }) {
  const now = useNow(isActive(run.status));
  const { bytes } = run;
  const left = useTimeLeft(run, now);
  const seconds =
    run.startedAt === null ? 0 : ((run.finishedAt === null ? now : Date.parse(run.finishedAt)) - Date.parse(run.startedAt)) / 1000;
  return (
    <section aria-label="Progress">
      <dl className={classes.facts}>
        <div>
          <dt>Documents</dt>
          <dd>{itemCountsInWords(run.items, isActive(run.status))}</dd>
        </div>
        <div>
          <dt>Sent</dt>
          <dd>{bytes.sent === bytes.total ? sizeInWords(bytes.total) : `${sizeInWords(bytes.sent)} of ${sizeInWords(bytes.total)}`}</dd>
        </div>
        <div>
          <dt>{isActive(run.status) ? 'Running for' : 'Took'}</dt>
          <dd>{durationInWords(run, now)}</dd>
        </div>
        {/* What was sent before a run was taken up again took a time that nobody knows. */}
        {run.retriedAt === null && seconds > 0.5 && bytes.sent > 0 ? (
          <div>
            <dt>Speed</dt>
            <dd>{sizeInWords(Math.round(bytes.sent / seconds))}/s</dd>
          </div>
        ) : null}
        {left === undefined ? null : (
          <div>
            <dt>Left</dt>
            <dd>{left}</dd>
          </div>
        )}
      </dl>
      {run.items.total === 0 ? (
        <Text size="sm" c="dimmed">
          {isActive(run.status) ? 'The documents are being listed.' : 'The source had no documents.'}
        </Text>
      ) : (
        <StateBar items={run.items} active={isActive(run.status)} />
      )}
    </section>
  );
}

/**
 * Of a run that goes on: about how long it takes by the pace since the page was opened; not for short ones.
 */
function useTimeLeft(run: Run, now: number): string | undefined {
  const { items } = run;
  const done = items.total - items.waiting - items.running;
  const first = useRef({ run: run.retries, at: now, done });
  if (first.current.run !== run.retries || run.status !== 'running') first.current = { run: run.retries, at: now, done };
  const seconds = (now - first.current.at) / 1000;
  const paced = done - first.current.done;
  if (run.status !== 'running' || seconds < PACE_SECONDS || paced === 0) return undefined;
  const left = ((items.total - done) * seconds) / paced;
  return left < 5 ? undefined : timeLeftInWords(left);
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
