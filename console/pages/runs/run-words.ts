import type { Run, RunItem } from '@holdfast/api';

/** For who has left the page that it was started from, and so is not led to its own. */
export function startedInWords({ workflow, number }: Pick<Run, 'workflow' | 'number'>): string {
  return `${workflow.name} #${number} has started.`;
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

/** "40 ms", "1.2 s", "3 min 5 s". */
export function millisecondsInWords(milliseconds: number): string {
  const at = new Date(0).toISOString();
  return durationInWords({ startedAt: at, finishedAt: new Date(milliseconds).toISOString() });
}

/** "7 days", "not at all", "without end". */
export function keptInWords(days: number | null): string {
  if (days === null) return 'without end';
  return days === 0 ? 'not at all' : `${days.toLocaleString()} ${days === 1 ? 'day' : 'days'}`;
}

/** "about 20 s", "about 3 min", "about 2 h". */
export function timeLeftInWords(seconds: number): string {
  if (seconds < 55) return `about ${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `about ${minutes} min` : `about ${Math.round(minutes / 60)} h`;
}

const NAMED_RESULTS = 3;

/** "extract made invoice.json in 1.2 s", "archive published it as 2026/invoice.pdf in 40 ms". */
export function itemStepInWords(step: RunItem['steps'][number]): string {
  const { name, outcome, publishedAs, milliseconds } = step;
  const time = millisecondsInWords(milliseconds);
  const place = publishedAs ? ` as ${publishedAs}` : '';
  switch (outcome) {
    case 'made':
      return `${name} made ${madeInWords(step, time)}`;
    case 'published':
      return `${name} published it${place} in ${time}`;
    case 'unchanged':
      return `${name} found it there${place} in ${time}`;
    // Its own, or that of the step whose document it would have taken.
    case 'skipped':
      return `${name} left it out by a condition`;
  }
}

function madeInWords({ made, results }: RunItem['steps'][number], time: string): string {
  if (made === 0 || made === null) return `nothing of it in ${time}`;
  const named = results.slice(0, NAMED_RESULTS).map((result) => result.name);
  if (named.length === 0) return `${made} ${made === 1 ? 'document' : 'documents'} in ${time}, not kept any more`;
  const more = made - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''} in ${time}`;
}
