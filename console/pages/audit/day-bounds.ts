/**
 * The times that two days in the reader's zone stand for: from the first moment of `from` to the last of
 * `to`. What is not a day (`YYYY-MM-DD`) bounds nothing.
 */
export function dayBounds(from: string | undefined, to: string | undefined): { from?: string; to?: string } {
  const start = momentOf(from, '00:00:00.000');
  const end = momentOf(to, '23:59:59.999');
  return { ...(start === undefined ? {} : { from: start }), ...(end === undefined ? {} : { to: end }) };
}

function momentOf(day: string | undefined, time: string): string | undefined {
  if (day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const moment = new Date(`${day}T${time}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
