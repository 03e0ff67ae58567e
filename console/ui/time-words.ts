/** Times in the words of the console, which are English like the rest of it. */

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const JUST_NOW_SECONDS = 45;
/** 59.7 minutes are an hour; 20 days are not a month. */
const ENOUGH = 0.98;
const days = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const others = new Intl.RelativeTimeFormat('en');

/** "in 3 days", "2 hours ago", "yesterday", "just now". */
export function relative(time: string, now = Date.now()): string {
  const seconds = (Date.parse(time) - now) / 1_000;
  if (Math.abs(seconds) < JUST_NOW_SECONDS) return 'just now';
  const [unit, length] = STEPS.find(([, each]) => Math.abs(seconds) >= each * ENOUGH) ?? ['minute', 60];
  // A week is given in days until there are two.
  if (unit === 'day' || (unit === 'week' && Math.abs(seconds) < 2 * length)) return days.format(Math.round(seconds / 86_400), 'day');
  return others.format(Math.round(seconds / length), unit);
}

/** In the reader's zone and language, to the second. */
export function exactTime(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
}
