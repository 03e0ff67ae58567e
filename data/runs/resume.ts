import { announceWaitingRuns, type Database, type Tx, transaction } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import { requeueRuns } from './requeue-runs.ts';
import { lockOfRun } from './run-locks.ts';

const AT_ONCE = 200;

/**
 * Puts right what a process that was killed left behind: runs that nobody works on wait again. A run that is
 * being executed keeps its lock, and is left alone.
 *
 * @param confirm is called in the transaction, and ends it by throwing: see data/nodes.
 */
export async function resumeRuns(
  db: Kysely<Database>,
  logger: Logger,
  confirm: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<void> {
  const stranded = await transaction(db, async (tx) => {
    await confirm(tx);
    // Because of `offset 0`, locks are tried one by one in this order, until enough of them were free.
    // A lock that is free is ours until these runs wait again: nobody takes one of them meanwhile.
    const { rows } = await sql<{ organizationId: string; id: string }>`
    select organization_id as "organizationId", id from (
      select organization_id, id from run where status = 'running' order by sequence offset 0
    ) working where pg_try_advisory_xact_lock(${lockOfRun(sql.ref('working.id'))}) limit ${AT_ONCE}`.execute(tx);
    await requeueRuns(tx, rows);
    return rows;
  });
  for (const { id } of stranded) logEvent(logger, 'run.resumed', { runId: id });
  if (stranded.length > 0) await announceWaitingRuns(db);
}

/** What was to begin soon by a clock that was ahead would else begin when the clock is there again. */
export async function bringFutureJobsForward(db: Kysely<Database>): Promise<void> {
  await sql`
    update queue.job set start_after = least(start_after, now()), heartbeat_on = least(heartbeat_on, now())
    where name in ('component-test', 'organization-key') and state <= 'active'
      and (start_after > now() + interval '2 minutes' or heartbeat_on > now() + interval '1 minute')`.execute(db);
}
