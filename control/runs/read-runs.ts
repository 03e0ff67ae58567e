import { type Failure, HoldfastError, type Run } from '@holdfast/api';
import type { Actor, Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { RunSettings } from '../config.ts';
import { limitTo } from '../limit-to.ts';

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
  log_removed_at: Date | null;
  documents_until: Date | null;
  log_until: Date | null;
  run_until: Date | null;
  retries: number;
  retried_by: Actor | null;
  retried_at: Date | null;
  version: number;
  folders_away: string[] | null;
  at_limit: 'workflow' | 'organization' | null;
  maximum_runs: number;
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

const COUNTS_AT_END = sql.join([
  ...['total', 'waiting', 'running', 'published', 'unchanged', 'skipped', 'failed'].map(
    (name) => sql`(r.counts ->> ${sql.lit(name)})::bigint as ${sql.ref(name)}`,
  ),
  sql`(r.counts -> 'bytes' ->> 'total')::bigint as bytes_total`,
  sql`(r.counts -> 'bytes' ->> 'sent')::bigint as bytes_sent`,
]);

/** The folders that a run `r` waits for, when no node that runs now has them all. */
const FOLDERS_AWAY = sql`
  case when r.status = 'queued' and r.folders <> '[]' and not exists (
    select from source_folder f join live_node n on n.id = f.node_id join auth.organization o on o.slug = f.organization_slug
    where o.id = r.organization_id and r.folders ? f.name
    group by f.node_id having count(*) = jsonb_array_length(r.folders))
  then r.folders end`;

/** Which limit keeps a run `r` of a workflow `w` waiting. */
function limitOf({ runsOfOrganization }: RunSettings) {
  const active = sql`select count(*) from run a where a.organization_id = r.organization_id and a.status = 'running'`;
  return sql`
    case when r.status <> 'queued' then null
      when (${active} and a.workflow_id = r.workflow_id) >= w.maximum_runs then 'workflow'
      when (${active}) >= ${runsOfOrganization} then 'organization' end`;
}

/** When something of a run `r` is removed that is kept so many days: an SQL expression, `null` for ever. */
function endOf(days: RawBuilder<unknown>) {
  return sql`r.finished_at + make_interval(days => ${days})`;
}

/** Runs `r` that fulfil `where`, newest first. */
export async function readRuns(
  db: Kysely<Database>,
  settings: RunSettings,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(Run & { sequence: number })[]> {
  const { rows } = await sql<RunRow>`
    select r.id, r.sequence, r.number, r.version, r.status, r.started_by, r.created_at, r.started_at, r.finished_at, r.documents_removed_at,
      r.failure, r.log_removed_at, r.retries, r.retried_by, r.retried_at, ${FOLDERS_AWAY} as folders_away, ${limitOf(settings)} as at_limit,
      w.maximum_runs,
      case when exists (select from document d where d.organization_id = r.organization_id and d.run_id = r.id) then
        ${endOf(sql`coalesce(w.document_days, t.document_days, ${settings.documentRetentionDays}::integer)`)} end as documents_until,
      case when r.log_removed_at is null then ${endOf(sql`coalesce(w.log_days, t.log_days)`)} end as log_until,
      ${endOf(sql`coalesce(w.run_days, t.run_days)`)} as run_until,
      w.id as workflow_id, w.name as workflow_name, p.id as project_id, p.name as project_name, i.*
    from run r
    join workflow w on w.organization_id = r.organization_id and w.id = r.workflow_id
    join project p on p.organization_id = r.organization_id and p.id = r.project_id
    left join retention t on t.organization_id = r.organization_id
    cross join lateral (
      -- A run that has ended says what it came to: its documents are not counted.
      select ${COUNTS_AT_END} where r.counts is not null
      union all
      select count(*) as total,
        count(*) filter (where status = 'waiting') as waiting,
        count(*) filter (where status = 'running') as running,
        count(*) filter (where status = 'published') as published,
        count(*) filter (where status = 'unchanged') as unchanged,
        count(*) filter (where status = 'skipped') as skipped,
        count(*) filter (where status = 'failed') as failed,
        coalesce(sum(size) filter (where status not in ('unchanged', 'skipped')), 0)::bigint as bytes_total,
        coalesce(sum(case status when 'published' then size when 'unchanged' then 0 else sent end), 0)::bigint as bytes_sent
      from run_item where r.counts is null and run_item.organization_id = r.organization_id and run_item.run_id = r.id
      having r.counts is null
    ) i
    where r.organization_id = ${organizationId} and ${where}
    order by r.sequence desc
    limit ${limitTo(limit)}`.execute(db);
  return rows.slice(0, limit).map((row) => toRun(row, settings));
}

/** Throws `not_found`. */
export async function readRun(db: Kysely<Database>, settings: RunSettings, organizationId: string, runId: string): Promise<Run> {
  const [run] = await readRuns(db, settings, organizationId, sql`r.id = ${runId}`, 1);
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

function toRun(row: RunRow, settings: RunSettings): Run & { sequence: number } {
  const { total, waiting, running, published, unchanged, skipped, failed, failure } = row;
  return {
    id: row.id,
    sequence: row.sequence,
    number: row.number,
    workflow: { id: row.workflow_id, name: row.workflow_name },
    version: row.version,
    project: { id: row.project_id, name: row.project_name },
    status: row.status,
    startedBy: { ...personOf(row.started_by), kind: row.started_by.kind === 'trigger' ? 'trigger' : 'member' },
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    items: { total, waiting, running, published, unchanged, skipped, failed },
    documentsRemovedAt: row.documents_removed_at?.toISOString() ?? null,
    bytes: { total: row.bytes_total, sent: row.bytes_sent },
    logRemovedAt: row.log_removed_at?.toISOString() ?? null,
    keptUntil: {
      documents: row.documents_until?.toISOString() ?? null,
      log: row.log_until?.toISOString() ?? null,
      run: row.run_until?.toISOString() ?? null,
    },
    retries: row.retries,
    retriedBy: row.retried_by === null ? null : personOf(row.retried_by),
    retriedAt: row.retried_at?.toISOString() ?? null,
    waitsFor: waitsFor(row, settings),
    failure: failure === null ? null : { ...failure, component: failure.component ?? null, secretName: failure.secretName ?? null },
  };
}

function waitsFor(row: RunRow, { runsOfOrganization }: RunSettings): string | null {
  if (row.folders_away !== null) return awayInWords(row.folders_away);
  if (row.at_limit === 'workflow') {
    const { maximum_runs: most } = row;
    return `${most === 1 ? 'One run of this workflow is' : `${most} runs of this workflow are`} under way, and no more may be at once. This one begins when one of them ends.`;
  }
  if (row.at_limit === 'organization') {
    return `${runsOfOrganization} runs of the organization are under way, and no more may be at once. This one begins when one of them ends.`;
  }
  return null;
}

function awayInWords(folders: readonly string[]): string {
  const names = folders.map((name) => `“${name}”`).join(' and ');
  const what = folders.length === 1 ? `the folder ${names}` : `the folders ${names} together`;
  return `No node that runs now has ${what}. The run goes on when a data plane that has ${folders.length === 1 ? 'it' : 'them'} is started.`;
}
