import { type Database, type Queue, transaction } from '@holdfast/db/data';
import type { Logger } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import { WAITS_FOR_LIVE_NODE } from './claim-run.ts';
import { requeueRun } from './requeue-run.ts';
import { lockOf } from './run-lock.ts';

/** Long enough for a job that was just queued to be taken. */
const QUEUED_SECONDS = 30;
const AT_ONCE = 200;

/**
 * Puts right what a process that was killed, a lost job or a clock that was set back left behind: runs that nobody works on wait again,
 * and each run that waits has a job. A run that is being executed keeps its lock, and is left alone.
 */
export async function resumeRuns(db: Kysely<Database>, queue: Queue, logger: Logger): Promise<void> {
  await requeueStranded(db, queue, logger);
  await sendMissingJobs(db, queue);
  await bringFutureJobsForward(db);
}

async function requeueStranded(db: Kysely<Database>, queue: Queue, logger: Logger): Promise<void> {
  const running = await db
    .selectFrom('run')
    .select(['organization_id', 'id', 'turn'])
    .where('status', '=', 'running')
    .orderBy('sequence')
    .limit(AT_ONCE)
    .execute();
  for (const { organization_id: organizationId, id: runId, turn } of running) {
    // For the length of this statement only.
    const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_xact_lock(${lockOf(runId)}) as free`.execute(db);
    if (rows[0]?.free !== true) continue;
    logger.info({ run: runId }, 'run resumed after its process ended');
    await requeueRun(db, queue, { organizationId, runId, turn: turn ?? 0 });
  }
}

async function sendMissingJobs(db: Kysely<Database>, queue: Queue): Promise<void> {
  const { rows } = await sql<{ runId: string; turn: number }>`
    select r.id as "runId", coalesce(r.turn, 0) as turn from run r
    where r.status = 'queued' and r.created_at < now() - make_interval(secs => ${QUEUED_SECONDS})
      and (select count(*) from queue.job j where j.name = 'run' and j.state < 'active')
        < (select count(*) from (select from run w where w.status = 'queued' limit ${AT_ONCE}) waiting)
      and not exists (select from queue.job j where j.name = 'run' and j.state <= 'active' and j.policy = 'exclusive'
        and coalesce(j.singleton_key, '') = r.id || ' ' || coalesce(r.turn, 0))
      and ${WAITS_FOR_LIVE_NODE}
    order by r.sequence limit ${AT_ONCE}`.execute(db);
  for (const run of rows) await transaction(db, (tx) => queue.send(tx, 'run', run));
}

/** What was to begin soon by a clock that was ahead would else begin when the clock is there again. */
async function bringFutureJobsForward(db: Kysely<Database>): Promise<void> {
  await sql`
    update queue.job set start_after = least(start_after, now()), heartbeat_on = least(heartbeat_on, now())
    where name in ('run', 'component-test', 'organization-key') and state <= 'active'
      and (start_after > now() + interval '2 minutes' or heartbeat_on > now() + interval '1 minute')`.execute(db);
}
