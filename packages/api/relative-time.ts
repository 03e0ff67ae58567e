const DAY_SECONDS = 86_400;
const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 7 * DAY_SECONDS],
  ['day', DAY_SECONDS],
  ['hour', 3_600],
  ['minute', 60],
];
const JUST_NOW_SECONDS = 45;
/** 59.7 minutes are an hour; 20 days are not a month. */
const ENOUGH = 0.98;
const days = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const others = new Intl.RelativeTimeFormat('en');

/**
 * How long ago something was, or how soon it is, the same in the console and on a terminal: "in 3 days", "2
 * hours ago", "yesterday"; "just now" for less than 45 seconds either way, since clocks differ.
 *
 * @param now - in milliseconds, as of `Date.now()`.
 */
export function relativeTime(time: string, now: number = Date.now()): string {
  const seconds = (Date.parse(time) - now) / 1_000;
  if (Math.abs(seconds) < JUST_NOW_SECONDS) return 'just now';
  const [unit, length] = STEPS.find(([, each]) => Math.abs(seconds) >= each * ENOUGH) ?? ['minute', 60];
  // A week is given in days until there are two.
  if (unit === 'day' || (unit === 'week' && Math.abs(seconds) < 2 * length)) return days.format(Math.round(seconds / DAY_SECONDS), 'day');
  return others.format(Math.round(seconds / length), unit);
}
