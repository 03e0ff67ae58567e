import { type RawBuilder, sql } from 'kysely';

/** From the beginning of the transaction to the end of the wait for the organization's head row. */
const DEADLINE_MILLISECONDS = 1_250;
/** What is left at least, however long other locks of the transaction took. */
const SHORTEST_MILLISECONDS = 100;

/**
 * The id of the organization for `append_audit`, once the statement may not wait longer for a lock than what
 * is left of the transaction's 1.25 seconds: somebody who holds the head row of one organization keeps nobody
 * waiting for long, and a request is answered 503 within 2 seconds. `now()` is when the transaction began.
 */
export function withinDeadline(organizationId: string): RawBuilder<string> {
  return sql`case when ${sql.raw(DEADLINE_SET)} then ${organizationId}::uuid end`;
}

/** Sets that deadline, and is true. For a statement that is written as a text. */
export const DEADLINE_SET = `set_config('lock_timeout', greatest(${SHORTEST_MILLISECONDS},
  ${DEADLINE_MILLISECONDS} - (extract(epoch from clock_timestamp() - now()) * 1000)::integer)::text, true) is not null`;
