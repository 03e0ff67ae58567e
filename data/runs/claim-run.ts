import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { withRunLock } from './run-lock.ts';

export interface ClaimedRun {
  readonly organizationId: string;
  readonly runId: string;
  /** How often any run had got a slot when this one did. */
  readonly turn: number;
  /** It never had a slot before. */
  readonly first: boolean;
}

/** Looked at in one go; more is needed only when other slots take them at the same moment. */
const CANDIDATES = 16;
/** Of one organization. */
const CANDIDATES_EACH = 8;
const ROUNDS = 4;

/** The folder that a run `r` reads, as the table `folders` has it; no row for a run of uploaded documents. */
const FOLDER_OF_RUN = sql`
  select f.node_id from source_folder f join auth.organization o on o.slug = f.organization_slug
  where o.id = r.organization_id and f.name = r.definition -> 'source' ->> 'folder'`;

/** A run `r` waits for a slot of this node. One that reads a folder goes to a node that has it; one of nobody's folder fails anywhere. */
function waitsFor(nodeId: string) {
  return sql`(r.status = 'queued' and (r.definition -> 'source' ->> 'folder' is null
    or exists (${FOLDER_OF_RUN} and f.node_id = ${nodeId}) or not exists (${FOLDER_OF_RUN})))`;
}

/**
 * Every organization with a run that waits for this node, each found by one step in an index however many runs it has, as the table
 * `waiting (organization_id)`.
 */
function waitingOrganizations(nodeId: string) {
  return sql`
  with recursive step as (
    (select r.organization_id from run r where ${waitsFor(nodeId)} order by r.organization_id limit 1)
    union all
    select (select r.organization_id from run r where ${waitsFor(nodeId)} and r.organization_id > step.organization_id
      order by r.organization_id limit 1)
    from step where step.organization_id is not null
  ), waiting as (select organization_id from step where organization_id is not null)`;
}

/** Slots that an organization has, on all nodes. */
const ACTIVE = sql`(select count(*) from run a where a.organization_id = waiting.organization_id and a.status = 'running')`;

/**
 * Takes the run whose turn it is, and works on it: of the organization with the fewest slots, of these the one that was served longest
 * ago, and there the oldest. Answers `false`, without working, when nobody waits for this node.
 */
export async function withNextRun(
  db: Kysely<Database>,
  nodeId: string,
  work: (held: Kysely<Database>, run: ClaimedRun) => Promise<void>,
): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    const candidates = await nextRuns(db, nodeId);
    if (candidates.length === 0) return false;
    for (const { organizationId, runId } of candidates) {
      let worked = false;
      await withRunLock(db, runId, async (held) => {
        const run = await claim(held, organizationId, runId);
        if (run === undefined) return;
        worked = true;
        await work(held, run);
      });
      if (worked) return true;
    }
  }
  // The job comes back in a second.
  throw new Error('Every run that waited was taken by another slot at the same moment.');
}

async function nextRuns(db: Kysely<Database>, nodeId: string): Promise<{ organizationId: string; runId: string }[]> {
  const { rows } = await sql<{ organizationId: string; runId: string }>`
    ${waitingOrganizations(nodeId)}
    select waiting.organization_id as "organizationId", head.id as "runId"
    from waiting
    cross join lateral (
      select r.id, r.sequence, row_number() over (order by r.sequence) as place from run r
      where r.organization_id = waiting.organization_id and ${waitsFor(nodeId)} order by r.sequence limit ${CANDIDATES_EACH}
    ) head
    order by ${ACTIVE} + head.place,
      (select max(r.turn) from run r where r.organization_id = waiting.organization_id and r.turn is not null) nulls first,
      head.sequence
    limit ${CANDIDATES}`.execute(db);
  return rows;
}

/** Under the run's lock. `undefined` when it does not wait any more. */
async function claim(held: Kysely<Database>, organizationId: string, runId: string): Promise<ClaimedRun | undefined> {
  const { rows } = await sql<{ turn: number; first: boolean }>`
    update run set status = 'running', turn = nextval('run_turn'), started_at = coalesce(started_at, now())
    where organization_id = ${organizationId} and id = ${runId} and status = 'queued'
    returning turn, started_at = now() as first`.execute(held);
  const [row] = rows;
  return row === undefined ? undefined : { organizationId, runId, turn: row.turn, first: row.first };
}

/** What it takes to decide whether a run gives its slot up. */
export interface Occupancy {
  /** Slots that the organization with the fewest has, of those that wait; `undefined` when nobody waits. */
  readonly fewestOfWaiting: number | undefined;
  /** Slots of each organization that was asked about, on all nodes. */
  readonly slots: ReadonlyMap<string, number>;
}

/** A run `r` that waits is for a node that runs, and not for the folder of one that is gone. */
export const WAITS_FOR_LIVE_NODE = sql`(r.definition -> 'source' ->> 'folder' is null
  or exists (${FOLDER_OF_RUN} and f.node_id in (select id from live_node)) or not exists (${FOLDER_OF_RUN}))`;

/** Whether a run waits that reads a folder of this node. */
export async function waitsForFolderOf(db: Kysely<Database>, nodeId: string): Promise<boolean> {
  const { rows } = await sql<{ waits: boolean }>`
    select exists (select from run r where r.status = 'queued' and exists (${FOLDER_OF_RUN} and f.node_id = ${nodeId})) as waits`.execute(
    db,
  );
  return rows[0]?.waits === true;
}

export async function readOccupancy(db: Kysely<Database>, nodeId: string, organizationIds: readonly string[]): Promise<Occupancy> {
  const { rows: fewest } = await sql<{ slots: number }>`
    ${waitingOrganizations(nodeId)} select ${ACTIVE} as slots from waiting order by 1 limit 1`.execute(db);
  if (fewest[0] === undefined) return { fewestOfWaiting: undefined, slots: new Map() };
  const { rows } = await sql<{ organizationId: string; slots: number }>`
    select organization_id as "organizationId", count(*) as slots from run
    where status = 'running' and organization_id = any(${organizationIds}::uuid[]) group by organization_id`.execute(db);
  return { fewestOfWaiting: fewest[0].slots, slots: new Map(rows.map(({ organizationId, slots }) => [organizationId, slots])) };
}
