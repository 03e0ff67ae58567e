import { type Failure, HoldfastError, type Run } from '@holdfast/api';
import type { Actor, Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/** As the data plane writes it; the places are filled in when the failure has one. */
type StoredFailure = Failure & { readonly component?: { id: string; name: string } | null; readonly secretName?: string | null };

interface RunRow {
  id: string;
  sequence: number;
  number: number;
  status: Run['status'];
  started_by: Actor;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  documents_removed_at: Date | null;
  folder_away: string | null;
  failure: StoredFailure | null;
  workflow_id: string;
  workflow_name: string;
  project_id: string;
  project_name: string;
  total: number;
  waiting: number;
  running: number;
  published: number;
  unchanged: number;
  skipped: number;
  failed: number;
  bytes_total: number;
  bytes_sent: number;
}

/** The folder that a run `r` waits for, when no node that runs now has it. */
const FOLDER_AWAY = sql`
  case when r.status = 'queued' and r.definition -> 'source' ->> 'folder' is not null and not exists (
    select from source_folder f join live_node n on n.id = f.node_id join auth.organization o on o.slug = f.organization_slug
    where o.id = r.organization_id and f.name = r.definition -> 'source' ->> 'folder')
  then r.definition -> 'source' ->> 'folder' end`;

/** Runs `r` that fulfil `where`, newest first. */
export async function readRuns(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(Run & { sequence: number })[]> {
  const { rows } = await sql<RunRow>`
    select r.id, r.sequence, r.number, r.status, r.started_by, r.created_at, r.started_at, r.finished_at, r.documents_removed_at, r.failure,
      ${FOLDER_AWAY} as folder_away,
      w.id as workflow_id, w.name as workflow_name, p.id as project_id, p.name as project_name, i.*
    from run r
    join workflow w on w.organization_id = r.organization_id and w.id = r.workflow_id
    join project p on p.organization_id = r.organization_id and p.id = r.project_id
    cross join lateral (
      select count(*) as total,
        count(*) filter (where status = 'waiting') as waiting,
        count(*) filter (where status = 'running') as running,
        count(*) filter (where status = 'published') as published,
        count(*) filter (where status = 'unchanged') as unchanged,
        count(*) filter (where status = 'skipped') as skipped,
        count(*) filter (where status = 'failed') as failed,
        coalesce(sum(size) filter (where status not in ('unchanged', 'skipped')), 0)::bigint as bytes_total,
        coalesce(sum(case status when 'published' then size when 'unchanged' then 0 else sent end), 0)::bigint as bytes_sent
      from run_item where run_item.organization_id = r.organization_id and run_item.run_id = r.id
    ) i
    where r.organization_id = ${organizationId} and ${where}
    order by r.sequence desc
    limit ${limit}`.execute(db);
  return rows.map(toRun);
}

/** Throws `not_found`. */
export async function readRun(db: Kysely<Database>, organizationId: string, runId: string): Promise<Run> {
  const [run] = await readRuns(db, organizationId, sql`r.id = ${runId}`, 1);
  if (run === undefined) throw runNotFound();
  const { sequence: _, ...shown } = run;
  return shown;
}

export async function requireRun(db: Kysely<Database>, organizationId: string, runId: string): Promise<void> {
  const run = await db
    .selectFrom('run')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', runId)
    .executeTakeFirst();
  if (run === undefined) throw runNotFound();
}

export function runNotFound(): HoldfastError {
  return new HoldfastError('not_found', 'The organization has no such run.');
}

function toRun(row: RunRow): Run & { sequence: number } {
  const { total, waiting, running, published, unchanged, skipped, failed, failure } = row;
  return {
    id: row.id,
    sequence: row.sequence,
    number: row.number,
    workflow: { id: row.workflow_id, name: row.workflow_name },
    project: { id: row.project_id, name: row.project_name },
    status: row.status,
    startedBy: { ...personOf(row.started_by), kind: row.started_by.kind === 'trigger' ? 'trigger' : 'member' },
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    items: { total, waiting, running, published, unchanged, skipped, failed },
    documentsRemovedAt: row.documents_removed_at?.toISOString() ?? null,
    bytes: { total: row.bytes_total, sent: row.bytes_sent },
    waitsFor:
      row.folder_away === null
        ? null
        : `No node that runs now has the folder “${row.folder_away}”. The run goes on when a data plane that has it is started.`,
    failure: failure === null ? null : { ...failure, component: failure.component ?? null, secretName: failure.secretName ?? null },
  };
}
