import type { Run, RunItem } from '@holdfast/api';

/** "12 of 40 documents", "3 documents", "no documents". */
export function itemsInWords({ items }: Pick<Run, 'items'>): string {
  const done = items.published + items.unchanged;
  if (items.total === 0) return 'no documents';
  const documents = items.total === 1 ? 'document' : 'documents';
  return done === items.total
    ? `${done.toLocaleString()} ${documents}`
    : `${done.toLocaleString()} of ${items.total.toLocaleString()} ${documents}`;
}

/** A document that still waits when its run has ended was not sent, and will not be. */
export function itemStatusWords(status: RunItem['status'], active: boolean): string {
  return status === 'waiting' && !active ? 'not sent' : status;
}

/** From the start to the end, or to now: "40 ms", "0.4 s", "12 s", "3 min 5 s", "2 h 10 min". */
export function durationInWords(run: Pick<Run, 'startedAt' | 'finishedAt'>, now = Date.now()): string {
  if (run.startedAt === null) return '–';
  const end = run.finishedAt === null ? now : Date.parse(run.finishedAt);
  const seconds = Math.max(0, (end - Date.parse(run.startedAt)) / 1000);
  if (seconds < 0.1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
