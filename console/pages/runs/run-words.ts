import type { Run } from '@holdfast/api';

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
