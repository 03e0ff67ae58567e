/**
 * When something expires. One rule for the console, the command line, the SDK and the API: a plain date means
 * the END of that day in UTC, wherever it is written and read; a time names its zone. What is stored and sent
 * is always an instant.
 */
export const EXPIRY_RULE =
  'Write a date such as 2027-01-31, which means the end of that day in UTC, or a time with its zone such as 2027-01-31T12:00:00Z.';

const DATE = /^[1-9]\d{3}-\d\d-\d\d$/;
const DATE_TIME = /^([1-9]\d{3}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)$/;
const START_OF_DAY = 'T00:00:00.000Z';
const END_OF_DAY = 'T23:59:59.999Z';

/**
 * The instant of an expiry, in ISO 8601 in UTC: `2027-01-31` is `2027-01-31T23:59:59.999Z`. `undefined` for a
 * text that is neither a date nor a time with its zone, and for a day that no calendar has.
 */
export function expiryInstant(text: string): string | undefined {
  return instantOf(text, END_OF_DAY);
}

/** The same of a time from which something is shown: a plain date is its first moment. */
export function startInstant(text: string): string | undefined {
  return instantOf(text, START_OF_DAY);
}

function instantOf(text: string, timeOfDay: string): string | undefined {
  const day = DATE.test(text) ? text : DATE_TIME.exec(text)?.[1];
  if (day === undefined) return undefined;
  // Date alone would read the 31st of February as a day in March.
  const midnight = new Date(`${day}${START_OF_DAY}`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  const instant = new Date(day === text ? `${day}${timeOfDay}` : text);
  // An offset may lead into a year of five digits, which no database keeps.
  return Number.isNaN(instant.getTime()) || instant.getUTCFullYear() > 9_999 ? undefined : instant.toISOString();
}

/** The plain date that an instant is the end of, in UTC; `undefined` for any other instant. */
export function expiryDate(instant: string): string | undefined {
  const iso = new Date(instant).toISOString();
  return iso.endsWith(END_OF_DAY) ? iso.slice(0, -END_OF_DAY.length) : undefined;
}

/** For people, the same in every zone: `the end of 2027-01-31 (UTC)`, or `2027-01-31 12:00 UTC`. */
export function expiryWords(instant: string): string {
  const day = expiryDate(instant);
  return day === undefined ? `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC` : `the end of ${day} (UTC)`;
}

/** Whether what expires then has expired already. */
export function isPast(instant: string, now: Date = new Date()): boolean {
  return new Date(instant).getTime() <= now.getTime();
}
