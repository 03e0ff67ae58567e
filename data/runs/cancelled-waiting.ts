import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { throwFirst } from '../all-settled.ts';
import type { DataEvents } from '../metrics.ts';
import type { RecordFollower } from '../record/follower.ts';
import { createFinishWaiting } from './finish-run.ts';
import { type RunRow, toRun } from './run.ts';

const AT_ONCE = 100;

/**
 * Ends runs that were cancelled while they waited for a slot: they need none. Organizations take turns, so
 * that no other waits for one whose runs cannot be ended.
 */
export async function endCancelledWaiting(
  db: Kysely<Database>,
  events: Pick<DataEvents, 'runEnded'>,
  follower: RecordFollower,
): Promise<void> {
  const { rows } = await sql<RunRow>`
    select r.organization_id as "organizationId", r.id, r.number, w.id as "workflowId", w.name as "workflowName", p.id as "projectId",
      p.name as "projectName", r.definition, r.started_by as "startedBy"
    from run r
    join workflow w on w.organization_id = r.organization_id and w.id = r.workflow_id
    join project p on p.organization_id = r.organization_id and p.id = r.project_id
    where r.cancel_requested and r.status = 'queued'
    order by row_number() over (partition by r.organization_id order by r.sequence), r.sequence limit ${AT_ONCE}`.execute(db);
  const finish = createFinishWaiting(db, events, follower);
  throwFirst(await Promise.allSettled(rows.map((row) => finish({ run: toRun(row), stop: { kind: 'cancelled' }, from: 'queued' }))));
}
