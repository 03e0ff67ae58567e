import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { advisoryLock } from '../advisory-lock.ts';
import { type Run, type RunRow, toRun } from './run.ts';
import { type LockConnection, lockOfRun } from './run-locks.ts';

export interface ClaimedRun extends Run {
  /** It never had a slot before. */
  readonly first: boolean;
  /** Since somebody started it. */
  readonly waitedSeconds: number;
  /** Since it had its first slot, of this turn when it was taken up after an end; on whichever nodes. */
  readonly underWaySeconds: number;
  /** Somebody asked for that before it had a slot. */
  readonly cancelRequested: boolean;
}

/** Of one organization, beyond the free slots: other nodes may hold the locks of some. */
const CANDIDATES_BEYOND = 16;

/** The nodes that have all the folders that a run `r` reads; no row for one that reads none. */
const NODES_WITH_FOLDERS = sql`
  select f.node_id from source_folder f join auth.organization o on o.slug = f.organization_slug
  where o.id = r.organization_id and r.folders ? f.name
  group by f.node_id having count(*) = jsonb_array_length(r.folders)`;

/**
 * A run `r` waits for a slot of this node. One that reads folders goes to a node that has them all; where
 * there is none, it fails anywhere.
 */
function waitsFor(nodeId: string) {
  return sql`(r.status = 'queued' and (r.folders = '[]'
    or ${nodeId}::uuid in (${NODES_WITH_FOLDERS}) or not exists (${NODES_WITH_FOLDERS})))`;
}

/** How many runs may be under way at once. */
export interface RunLimits {
  /** Of one organization, on all nodes; each workflow has its own limit beside it. */
  readonly runsOfOrganization: number;
}

/**
 * Every workflow with a run that waits for this node, each found by one step in an index however many runs it
 * has; of these, those that may have one more under way, as the table `open (organization_id, workflow_id,
 * room)`; and their organizations that may, as `waiting (organization_id, slots)`.
 */
function openWorkflows(nodeId: string, { runsOfOrganization }: RunLimits) {
  return sql`
  step as (
    (select r.organization_id, r.workflow_id from run r where ${waitsFor(nodeId)} order by r.organization_id, r.workflow_id limit 1)
    union all
    select next.* from step cross join lateral (
      select r.organization_id, r.workflow_id from run r
      where ${waitsFor(nodeId)} and (r.organization_id, r.workflow_id) > (step.organization_id, step.workflow_id)
      order by r.organization_id, r.workflow_id limit 1
    ) next
  ), open as materialized (
    select step.organization_id, step.workflow_id, w.maximum_runs - active.runs as room
    from step join workflow w on w.organization_id = step.organization_id and w.id = step.workflow_id
    cross join lateral (
      select count(*) as runs from run a
      where a.organization_id = step.organization_id and a.workflow_id = step.workflow_id and a.status = 'running'
    ) active
    where active.runs < w.maximum_runs
  ), waiting as materialized (
    select found.organization_id, active.runs as slots from (select distinct organization_id from open) found
    cross join lateral (
      select count(*) as runs from run a where a.organization_id = found.organization_id and a.status = 'running'
    ) active
    where active.runs < ${runsOfOrganization}
  )`;
}

interface ClaimedRow extends RunRow {
  /** False when it does not wait any more; its lock is ours all the same. */
  readonly claimed: boolean;
  readonly first: boolean;
  readonly waitedSeconds: number;
  readonly underWaySeconds: number;
  readonly cancelRequested: boolean;
}

/** Held by the one node that is claiming: else two would each take the last run that a limit allows. */
const CLAIMS = advisoryLock(sql`'claim runs'`);

/** What a node claimed. */
export interface Claims {
  readonly runs: readonly ClaimedRun[];
  /** Their locks were taken, and they do not wait any more. */
  readonly lockedOnly: readonly string[];
}

/**
 * Takes the runs whose turn it is, at most `slots`, each with its lock and a line of its log, in one
 * statement: one by one of the organization with the fewest slots, of these the one that was served longest
 * ago, and there the oldest whose workflow is below its limit. `held`: runs whose locks this session has
 * already. Answers `undefined` when another node claims at this moment.
 */
export async function claimRuns(
  connection: LockConnection,
  nodeId: string,
  slots: number,
  held: readonly string[],
  limits: RunLimits,
): Promise<Claims | undefined> {
  const { rows } = await sql<{ ours: boolean }>`select pg_try_advisory_lock(${CLAIMS}) as ours`.execute(connection);
  if (rows[0]?.ours !== true) return undefined;
  try {
    return await claimAlone(connection, nodeId, slots, held, limits);
  } finally {
    await sql`select pg_advisory_unlock(${CLAIMS})`.execute(connection);
  }
}

async function claimAlone(
  connection: LockConnection,
  nodeId: string,
  slots: number,
  held: readonly string[],
  limits: RunLimits,
): Promise<Claims> {
  const candidates = slots + CANDIDATES_BEYOND;
  const { rows } = await sql<ClaimedRow>`
    with recursive ${openWorkflows(nodeId, limits)}, head as materialized (
      select open.organization_id, oldest.*, row_number() over (partition by open.organization_id order by oldest.sequence) as place
      from open
      cross join lateral (
        select r.id, r.sequence, r.turn is null as first, r.started_at is null as fresh from run r
        where r.organization_id = open.organization_id and r.workflow_id = open.workflow_id and ${waitsFor(nodeId)}
          and r.id <> all(${held}::uuid[])
        order by r.sequence limit least(open.room, ${candidates})
      ) oldest
    ), candidate as materialized (
      select head.*
      from waiting join head on head.organization_id = waiting.organization_id
      where waiting.slots + head.place <= ${limits.runsOfOrganization}
      order by waiting.slots + head.place,
        (select max(r.turn) from run r where r.organization_id = waiting.organization_id and r.turn is not null) nulls first,
        head.sequence
      limit ${candidates}
    ), locked as materialized (
      select organization_id, id, first, fresh from candidate
      where pg_try_advisory_lock(${lockOfRun(sql.ref('candidate.id'))}) limit ${slots}
    ), claimed as (
      update run r set status = 'running', turn = nextval('run_turn'), node_id = ${nodeId}, started_at = coalesce(started_at, now())
      from locked where r.organization_id = locked.organization_id and r.id = locked.id and r.status = 'queued'
      returning r.*, locked.first, locked.fresh
    ), line as (
      insert into run_log (organization_id, run_id, level, message)
      select organization_id, id, 'info', case when first then 'The run started.' when fresh then 'The run was taken up again.'
        else 'The run goes on where it stood.' end
      from claimed
    )
    select locked.organization_id as "organizationId", locked.id, c.id is not null as claimed, locked.first,
      extract(epoch from now() - c.created_at)::float8 as "waitedSeconds",
      extract(epoch from now() - c.started_at)::float8 as "underWaySeconds", c.number,
      c.workflow_id as "workflowId", w.name as "workflowName", c.project_id as "projectId", p.name as "projectName", c.definition,
      coalesce(c.retried_by, c.started_by) as "startedBy", c.cancel_requested as "cancelRequested"
    from locked
    left join claimed c on c.organization_id = locked.organization_id and c.id = locked.id
    left join workflow w on w.organization_id = c.organization_id and w.id = c.workflow_id
    left join project p on p.organization_id = c.organization_id and p.id = c.project_id`.execute(connection);
  return {
    runs: rows.flatMap((row) => {
      const { claimed, first, waitedSeconds, underWaySeconds, cancelRequested } = row;
      return claimed ? [{ ...toRun(row), first, waitedSeconds, underWaySeconds, cancelRequested }] : [];
    }),
    lockedOnly: rows.filter(({ claimed }) => !claimed).map(({ id }) => id),
  };
}

/** What it takes to decide whether a run gives its slot up. */
export interface Occupancy {
  /**
   * Slots that the organization with the fewest has, of those that wait for a slot alone: not for a limit of
   * theirs. `undefined` when nobody waits.
   */
  readonly fewestOfWaiting: number | undefined;
  /** Slots of each organization that was asked about, on all nodes. */
  readonly slots: ReadonlyMap<string, number>;
}

export async function readOccupancy(
  db: Kysely<Database>,
  nodeId: string,
  organizationIds: readonly string[],
  limits: RunLimits,
): Promise<Occupancy> {
  const { rows: fewest } = await sql<{ slots: number }>`
    with recursive ${openWorkflows(nodeId, limits)} select slots from waiting order by 1 limit 1`.execute(db);
  if (fewest[0] === undefined) return { fewestOfWaiting: undefined, slots: new Map() };
  const { rows } = await sql<{ organizationId: string; slots: number }>`
    select organization_id as "organizationId", count(*) as slots from run
    where status = 'running' and organization_id = any(${organizationIds}::uuid[]) group by organization_id`.execute(db);
  return { fewestOfWaiting: fewest[0].slots, slots: new Map(rows.map(({ organizationId, slots }) => [organizationId, slots])) };
}
