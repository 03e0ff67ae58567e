import { sql } from 'kysely';
import type { Statements } from './connection/statements.ts';

/**
 * The latest time that this instance has seen, in a statement: what `expires_at` is compared with. A subquery
 * without a correlation, so that PostgreSQL evaluates it once and not for each row.
 */
export const LATEST_TIME_TEXT = '(select latest_time())';
export const LATEST_TIME = sql.raw<Date>(LATEST_TIME_TEXT);

/** How long a time that was read is carried on by the monotonic clock before the database is asked again. */
const SYNCHRONIZE_MILLISECONDS = 1_000;
/** A time by which nothing was decided is stored this often. */
const ADVANCE_MILLISECONDS = 10_000;

/** What decides in this process whether something has expired. */
export interface InstanceClock {
  /**
   * The latest time that the instance has seen: the database's clock, and never before a time that was seen
   * earlier.
   */
  now(): Promise<Date>;
  /**
   * Stores the time as seen. To be called when something was refused because it had expired, so that it stays
   * so.
   */
  advance(): Promise<Date>;
  stop(): void;
}

/**
 * One for each process. It reads the database's clock, at most once a second, and counts on monotonically in
 * between: a clock of this machine that jumps does not move it.
 *
 * @throws nothing by itself: `now` and `advance` reject with what the database says, or with an Error when it
 *   answers no time.
 */
export function createInstanceClock(db: Statements): InstanceClock {
  let known: { readonly time: number; readonly readAt: number } | undefined;
  let reading: Promise<Date> | undefined;

  async function read(): Promise<Date> {
    const { rows } = await sql<{ time: Date }>`select advance_latest_time() as time`.execute(db);
    const time = rows[0]?.time.getTime();
    if (time === undefined) throw new Error('The database did not answer the time.');
    known = { time: Math.max(time, known?.time ?? 0), readAt: performance.now() };
    return new Date(known.time);
  }

  function advance(): Promise<Date> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  // A database that is away shows in everything else that is asked of it.
  const timer = setInterval(() => void advance().catch(() => undefined), ADVANCE_MILLISECONDS).unref();
  return {
    async now() {
      const elapsed = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.readAt;
      return known !== undefined && elapsed < SYNCHRONIZE_MILLISECONDS ? new Date(known.time + elapsed) : advance();
    },
    advance,
    stop: () => clearInterval(timer),
  };
}
