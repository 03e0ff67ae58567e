import { itemCountsInWords, type Run } from '@holdfast/api';
import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { sizeInWords } from '../workflows/workflow-words.ts';
import classes from './run-progress.module.css';
import { isActive } from './run-status.tsx';
import { durationInWords } from './run-words.ts';
import { StateBar } from './state-bar.tsx';

/** How far the run is: documents, bytes, time. */
export function RunProgress({ run }: { run: Run }) {
  const now = useNow(isActive(run.status));
  const { bytes } = run;
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
        {seconds > 0.5 && bytes.sent > 0 ? (
          <div>
            <dt>Speed</dt>
            <dd>{sizeInWords(Math.round(bytes.sent / seconds))}/s</dd>
          </div>
        ) : null}
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

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
