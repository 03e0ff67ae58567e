import { CronExpressionParser } from 'cron-parser';

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
  const times = CronExpressionParser.parse(expression.trim(), { tz: zone, currentDate: after });
  return Array.from({ length: count }, () => times.next().toDate());
}

/** The newest time of a schedule that is not after a moment; see {@link nextTimes}. */
export function latestTime(expression: string, zone: string, notAfter: Date): Date {
  // What stands before the first moment after it.
  const after = new Date(notAfter.getTime() + 1);
  return CronExpressionParser.parse(expression.trim(), { tz: zone, currentDate: after }).prev().toDate();
}

/** The longest that clocks are put forward at once, and more. */
const GAP_MILLISECONDS = 4 * 3_600_000;

/** Whether a schedule is due at this very moment; see {@link nextTimes}. */
export function isTimeOf(expression: string, zone: string, moment: Date): boolean {
  // From just before it; from before a gap too, since a time in it is due later, and found only from there.
  return [1, GAP_MILLISECONDS].some((milliseconds) => {
    const times = CronExpressionParser.parse(expression.trim(), { tz: zone, currentDate: new Date(moment.getTime() - milliseconds) });
    for (;;) {
      const time = times.next().getTime();
      if (time >= moment.getTime()) return time === moment.getTime();
    }
  });
}
