import { type Database, locking, transaction } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { throwFirst } from '../all-settled.ts';
import type { DataEvents } from '../metrics.ts';
import type { RecordFollower } from '../record/follower.ts';
import { createFinishWaiting } from './finish-run.ts';
import { type InterruptedItem, logInterrupted, returnInterrupted } from './items.ts';
import { type Run, type RunRow, toRun } from './run.ts';
import { createLogWriter, createRunLog, type WriteLogLine } from './run-log.ts';

const AT_ONCE = 100;

interface CancelledRow extends RunRow {
  /** What a process that died was working on still counts as under way. */
  readonly interrupted: boolean;
}

/**
 * Ends runs that were cancelled while they waited for a slot: they need none. What a process that died was
 * working on is settled before, since it may have been sent. Organizations take turns, so
 * that no other waits for one whose runs cannot be ended.
 */
export async function endCancelledWaiting(
  db: Kysely<Database>,
  events: Pick<DataEvents, 'runEnded'>,
  follower: RecordFollower,
): Promise<void> {
  const { rows } = await sql<CancelledRow>`
    select r.organization_id as "organizationId", r.id, r.number, w.id as "workflowId", w.name as "workflowName", p.id as "projectId",
      p.name as "projectName", r.definition, r.started_by as "startedBy",
      exists (select from run_item i where i.organization_id = r.organization_id and i.run_id = r.id and i.status = 'running') as interrupted
    from run r
    join workflow w on w.organization_id = r.organization_id and w.id = r.workflow_id
    join project p on p.organization_id = r.organization_id and p.id = r.project_id
    where r.cancel_requested and r.status = 'queued'
    order by row_number() over (partition by r.organization_id order by r.sequence), r.sequence limit ${AT_ONCE}`.execute(db);
  const finish = createFinishWaiting(db, events, follower);
  const writeLog = createLogWriter(db);
  const end = async (row: CancelledRow) => {
    const run = toRun(row);
    if (row.interrupted) await returnWhatWasUnderWay(db, writeLog, run);
    await finish({ run, stop: { kind: 'cancelled' }, from: 'queued' });
  };
  throwFirst(await Promise.allSettled(rows.map(end)));
}

/** As a node does that takes a run up again; not when one has taken it meanwhile. */
async function returnWhatWasUnderWay(db: Kysely<Database>, writeLog: WriteLogLine, run: Run): Promise<void> {
  const found = await transaction(db, async (tx): Promise<readonly InterruptedItem[]> => {
    locking(tx, 'run');
    // Who claims the run changes this row first, and waits until its items say what has failed.
    const { rows } = await sql`
      select from run where organization_id = ${run.organizationId} and id = ${run.id} and status = 'queued' for update`.execute(tx);
    return rows.length === 0 ? [] : returnInterrupted(tx, run.organizationId, run.id);
  });
  const log = createRunLog(writeLog, run, (text) => text);
  await logInterrupted(log, found);
}
