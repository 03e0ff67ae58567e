import dayjs from 'dayjs';
import relativeTime from 'dayjs/plugin/relativeTime.js';
import { useSyncExternalStore } from 'react';

dayjs.extend(relativeTime);

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

/** "4 minutes ago", with the exact time on hover and for screen readers' `time` element. `none` stands for null. */
export function RelativeTime({ time, none = 'never' }: { time: string | null | undefined; none?: string }) {
  useSyncExternalStore(subscribe, () => ticks);
  if (time === null || time === undefined) return <span>{none}</span>;
  return (
    <time dateTime={time} title={exactTime(time)}>
      {relative(time)}
    </time>
  );
}

/** "in 3 days", "2 hours ago", "just now". */
export function relative(time: string): string {
  const seconds = Math.abs(Date.now() - Date.parse(time)) / 1000;
  return seconds < 45 ? 'just now' : dayjs(time).fromNow();
}

/** In the reader's zone and language, to the second. */
export function exactTime(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
}
