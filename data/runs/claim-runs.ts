import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { type Run, type RunRow, toRun } from './run.ts';
import { type LockConnection, lockOfRun } from './run-locks.ts';

export interface ClaimedRun extends Run {
  /** It never had a slot before. */
  readonly first: boolean;
  /** Since somebody started it. */
  readonly waitedSeconds: number;
  /** Somebody asked for that before it had a slot. */
  readonly cancelRequested: boolean;
}

/** Of one organization, beyond the free slots: other nodes may hold the locks of some. */
const CANDIDATES_BEYOND = 16;

/** The nodes that have the folder that a run `r` reads; no row for a run of uploaded documents. */
const NODES_WITH_FOLDER = sql`
  select f.node_id from source_folder f join auth.organization o on o.slug = f.organization_slug
  where o.id = r.organization_id and f.name = r.definition -> 'source' ->> 'folder'`;

/**
 * A run `r` waits for a slot of this node. One that reads a folder goes to a node that has it; one of
 * nobody's folder fails anywhere.
 */
function waitsFor(nodeId: string) {
  return sql`(r.status = 'queued' and (r.definition -> 'source' ->> 'folder' is null
    or exists (${NODES_WITH_FOLDER} and f.node_id = ${nodeId}) or not exists (${NODES_WITH_FOLDER})))`;
}

/**
 * Every organization with a run that waits for this node, each found by one step in an index however many
 * runs it has, as the table `waiting (organization_id)`.
 */
function waitingOrganizations(nodeId: string) {
  return sql`
  step as (
    (select r.organization_id from run r where ${waitsFor(nodeId)} order by r.organization_id limit 1)
    union all
    select (select r.organization_id from run r where ${waitsFor(nodeId)} and r.organization_id > step.organization_id
      order by r.organization_id limit 1)
    from step where step.organization_id is not null
  ), waiting as (select organization_id from step where organization_id is not null)`;
}

/** Slots that an organization has, on all nodes. */
const ACTIVE = sql`(select count(*) from run a where a.organization_id = waiting.organization_id and a.status = 'running')`;

interface ClaimedRow extends RunRow {
  /** False when it does not wait any more; its lock is ours all the same. */
  readonly claimed: boolean;
  readonly first: boolean;
  readonly waitedSeconds: number;
  readonly cancelRequested: boolean;
}

/**
 * Takes the runs whose turn it is, at most `slots`, each with its lock and a line of its log, in one
 * statement: one by one of the organization with the fewest slots, of these the one that was served longest
 * ago, and there the oldest. `held`: runs whose locks this session has already.
 */
export async function claimRuns(
  connection: LockConnection,
  nodeId: string,
  slots: number,
  held: readonly string[],
): Promise<{ readonly runs: readonly ClaimedRun[]; readonly lockedOnly: readonly string[] }> {
  const candidates = slots + CANDIDATES_BEYOND;
  const { rows } = await sql<ClaimedRow>`
    with recursive ${waitingOrganizations(nodeId)}, candidate as materialized (
      select waiting.organization_id, head.id
      from waiting
      cross join lateral (
        select r.id, r.sequence, row_number() over (order by r.sequence) as place from run r
        where r.organization_id = waiting.organization_id and ${waitsFor(nodeId)} and r.id <> all(${held}::uuid[])
        order by r.sequence limit ${candidates}
      ) head
      order by ${ACTIVE} + head.place,
        (select max(r.turn) from run r where r.organization_id = waiting.organization_id and r.turn is not null) nulls first,
        head.sequence
      limit ${candidates}
    ), locked as materialized (
      select organization_id, id from candidate where pg_try_advisory_lock(${lockOfRun(sql.ref('candidate.id'))}) limit ${slots}
    ), claimed as (
      update run r set status = 'running', turn = nextval('run_turn'), started_at = coalesce(started_at, now())
      from locked where r.organization_id = locked.organization_id and r.id = locked.id and r.status = 'queued'
      returning r.*
    ), line as (
      insert into run_log (organization_id, run_id, level, message)
      select organization_id, id, 'info', case when started_at = now() then 'The run started.' else 'The run goes on where it stood.' end
      from claimed
    )
    select locked.organization_id as "organizationId", locked.id, c.id is not null as claimed, c.started_at = now() as first,
      extract(epoch from now() - c.created_at)::float8 as "waitedSeconds", c.number,
      c.workflow_id as "workflowId", w.name as "workflowName", c.project_id as "projectId", p.name as "projectName", c.definition, c.started_by as "startedBy",
      c.cancel_requested as "cancelRequested"
    from locked
    left join claimed c on c.organization_id = locked.organization_id and c.id = locked.id
    left join workflow w on w.organization_id = c.organization_id and w.id = c.workflow_id
    left join project p on p.organization_id = c.organization_id and p.id = c.project_id`.execute(connection);
  return {
    runs: rows.flatMap((row) => {
      const { claimed, first, waitedSeconds, cancelRequested } = row;
      return claimed ? [{ ...toRun(row), first, waitedSeconds, cancelRequested }] : [];
    }),
    lockedOnly: rows.filter(({ claimed }) => !claimed).map(({ id }) => id),
  };
}

/** What it takes to decide whether a run gives its slot up. */
export interface Occupancy {
  /** Slots that the organization with the fewest has, of those that wait; `undefined` when nobody waits. */
  readonly fewestOfWaiting: number | undefined;
  /** Slots of each organization that was asked about, on all nodes. */
  readonly slots: ReadonlyMap<string, number>;
}

export async function readOccupancy(db: Kysely<Database>, nodeId: string, organizationIds: readonly string[]): Promise<Occupancy> {
  const { rows: fewest } = await sql<{ slots: number }>`
    with recursive ${waitingOrganizations(nodeId)} select ${ACTIVE} as slots from waiting order by 1 limit 1`.execute(db);
  if (fewest[0] === undefined) return { fewestOfWaiting: undefined, slots: new Map() };
  const { rows } = await sql<{ organizationId: string; slots: number }>`
    select organization_id as "organizationId", count(*) as slots from run
    where status = 'running' and organization_id = any(${organizationIds}::uuid[]) group by organization_id`.execute(db);
  return { fewestOfWaiting: fewest[0].slots, slots: new Map(rows.map(({ organizationId, slots }) => [organizationId, slots])) };
}
