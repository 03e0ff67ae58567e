import { CronDate, type CronExpression, CronExpressionParser } from 'cron-parser';

/**
 * Minute, hour, day of the month, month, day of the week; lists, ranges, steps and names of months and days.
 */
const FIELD = /^(?:\*|[0-9A-Za-z]+(?:-[0-9A-Za-z]+)?)(?:\/[0-9]{1,2})?(?:,(?:\*|[0-9A-Za-z]+(?:-[0-9A-Za-z]+)?)(?:\/[0-9]{1,2})?)*$/;
const NAMES = /[A-Za-z]{3}/g;
const KNOWN_NAMES = new Set('jan feb mar apr may jun jul aug sep oct nov dec sun mon tue wed thu fri sat'.split(' '));
const ZONE = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;
const EXAMPLE = 'Write minute, hour, day of the month, month and day of the week, for example 30 6 * * 1-5.';

/** What is wrong with a schedule, as a sentence; `undefined` when it can be used. */
export function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5) return `It has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'} in place of 5. ${EXAMPLE}`;
  const wrong = fields.find(
    (field) => !FIELD.test(field) || /[A-Za-z]/.test(field.replace(NAMES, (name) => (KNOWN_NAMES.has(name.toLowerCase()) ? '' : name))),
  );
  if (wrong !== undefined) return `“${wrong.slice(0, 40)}” is no field of a schedule. ${EXAMPLE}`;
  try {
    nextTimes(expression, 'UTC', new Date(0), 1);
  } catch {
    return `It names no time that ever comes. ${EXAMPLE}`;
  }
  return undefined;
}

/** What is wrong with the name of a time zone; `undefined` when it can be used. */
export function timeZoneFault(zone: string): string | undefined {
  const fault = 'It is no time zone. Write its IANA name, for example Europe/Berlin or UTC.';
  if (!ZONE.test(zone)) return fault;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return undefined;
  } catch {
    return fault;
  }
}

/** The longest that clocks are put forward or back at once, and more. */
const CLOCK_CHANGE_MILLISECONDS = 4 * 3_600_000;

/**
 * The next times of a schedule after a moment, earliest first. Where clocks are put forward, a time that does
 * not exist is due as much later as the clocks were put forward; where they are put back, a time of a fixed
 * hour that comes twice is due the first time alone. What is due every hour, or every few minutes, is due at
 * each of them that really passes.
 *
 * @param expression of five fields, see {@link cronFault}.
 * @param zone an IANA name.
 * @throws Error for a schedule or zone that has a fault.
 */
export function nextTimes(expression: string, zone: string, after: Date, count: number): Date[] {
  const found: Date[] = [];
  for (const time of timesAround(expression, zone, after)) {
    if (time > after) found.push(time);
    if (found.length === count) break;
  }
  return found;
}

/**
 * The newest time of a schedule that is not after a moment; see {@link nextTimes}.
 *
 * @throws Error for a schedule or zone that has a fault.
 */
export function latestTime(expression: string, zone: string, notAfter: Date): Date {
  const shown = CronExpressionParser.parse(expression.trim(), { tz: zone, currentDate: new Date(notAfter.getTime() + 1) });
  // What stands before the first moment after it: by the clock, also when that shows it for the second time.
  const byClock = shown.prev().toDate();
  let latest: Date | undefined;
  for (const time of timesAround(expression, zone, byClock)) {
    if (time > notAfter) break;
    latest = time;
  }
  return latest ?? byClock;
}

/**
 * Whether a schedule is due at this very moment; see {@link nextTimes}.
 *
 * @throws Error for a schedule or zone that has a fault.
 */
export function isTimeOf(expression: string, zone: string, moment: Date): boolean {
  const [time] = nextTimes(expression, zone, new Date(moment.getTime() - 1), 1);
  return time?.getTime() === moment.getTime();
}

/** The times after a moment, or from shortly before it on. */
function* timesAround(expression: string, zone: string, moment: Date): Generator<Date, never, undefined> {
  let last = startOfSearch(zone, moment);
  const parsed = CronExpressionParser.parse(expression.trim(), { tz: zone, currentDate: last });
  for (;;) {
    try {
      last = parsed.next().toDate();
    } catch (error) {
      // The library finds no way over a change of half an hour (Australia/Lord_Howe).
      const found = nextByClock(parsed, last);
      if (found === undefined) throw error;
      last = found;
      parsed.reset(last);
    }
    yield last;
  }
}

/**
 * A search that begins shortly before or after the clocks are put forward or back misses a time or finds one
 * that is not due; begun long before, it finds what is. Any other begins at the moment: each time that is
 * found costs.
 */
function startOfSearch(zone: string, moment: Date): Date {
  const before = new Date(moment.getTime() - CLOCK_CHANGE_MILLISECONDS);
  const behind = new Date(moment.getTime() + CLOCK_CHANGE_MILLISECONDS);
  return offsetOf(zone, before) === offsetOf(zone, behind) ? moment : before;
}

function offsetOf(zone: string, moment: Date): number {
  return new CronDate(moment, zone).getUTCOffset();
}

const MINUTE_MILLISECONDS = 60_000;
const LOOKED_AT_MINUTES = 2 * 24 * 60;

/** Looks at every minute of two days. */
function nextByClock(parsed: CronExpression, after: Date): Date | undefined {
  const first = Math.floor(after.getTime() / MINUTE_MILLISECONDS) + 1;
  for (let minute = first; minute < first + LOOKED_AT_MINUTES; minute += 1) {
    const time = new Date(minute * MINUTE_MILLISECONDS);
    if (parsed.includesDate(time)) return time;
  }
  return undefined;
}
