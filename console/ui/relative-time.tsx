import { relativeTime } from '@holdfast/api';
import { useSyncExternalStore } from 'react';
import { exactTime } from './exact-time.ts';

const TICK_MILLISECONDS = 30_000;

/** One clock for all times on a page, so that a table of thousands does not run thousands of timers. */
const listeners = new Set<() => void>();
let ticks = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    ticks += 1;
    for (const each of listeners) each();
  }, TICK_MILLISECONDS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * "4 minutes ago", with the exact time on hover and for screen readers' `time` element. `none` stands for
 * null.
 */
export function RelativeTime({ time, none = 'never' }: { time: string | null | undefined; none?: string }) {
  useSyncExternalStore(subscribe, () => ticks);
  if (time === null || time === undefined) return <span>{none}</span>;
  return (
    <time dateTime={time} title={exactTime(time)}>
      {relativeTime(time)}
    </time>
  );
}
