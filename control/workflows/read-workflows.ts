import type { Failure, Workflow } from '@holdfast/api';
import { type Actor, type Database, type WorkflowDefinition, workflowNotFound } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { describedDefinition, differencesOf } from '@holdfast/workflow';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { readComponents } from '../components/read-components.ts';
import { refusalOf, stateOf } from '../components/refusal-of.ts';
import { readDestinationMode } from '../destinations/read-destinations.ts';
import { limitTo } from '../limit-to.ts';
import { type FailingTrigger, readFailingTriggers } from '../triggers/read-triggers.ts';
import { shownDefinition, type UsedComponent } from './describe-definition.ts';
import { componentsOf } from './save-definition.ts';
import { failureOfFolders, type OfferedFolders, readOfferedFolders } from './source-folders.ts';

interface WorkflowRow {
  id: string;
  name: string;
  description: string;
  draft: WorkflowDefinition | null;
  draft_saved_at: Date | null;
  draft_saved_by: Actor | null;
  number: number | null;
  definition: WorkflowDefinition | null;
  note: string | null;
  published_at: Date | null;
  published_by: Actor | null;
  revision: number;
  updated_at: Date | null;
  updated_by: Actor | null;
  maximum_runs: number;
  document_days: number | null;
  log_days: number | null;
  run_days: number | null;
  created_at: Date;
  created_by: Actor;
  project_id: string;
  project_name: string;
  last_run: { id: string; status: string; createdAt: string } | null;
  sort_key: string;
}

/** Workflows `w` that fulfil `where`, by name. */
export async function readWorkflows(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(Workflow & { sortKey: string })[]> {
  const { rows } = await sql<WorkflowRow>`
    select w.id, w.name, w.description, w.draft, w.draft_saved_at, w.draft_saved_by, w.revision, w.updated_at, w.updated_by, w.maximum_runs, w.document_days, w.log_days, w.run_days, w.created_at, w.created_by,
      v.number, v.definition, v.note, v.published_at, v.published_by,
      p.id as project_id, p.name as project_name, lower(w.name) as sort_key,
      (select jsonb_build_object('id', r.id, 'status', r.status,
          'createdAt', to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        from run r where r.organization_id = w.organization_id and r.workflow_id = w.id order by r.sequence desc limit 1) as last_run
    from workflow w
    join project p on p.organization_id = w.organization_id and p.id = w.project_id
    left join lateral (
      select * from workflow_version v where v.organization_id = w.organization_id and v.workflow_id = w.id
      order by v.number desc limit 1
    ) v on true
    where w.organization_id = ${organizationId} and ${where}
    order by lower(w.name), w.id
    limit ${limitTo(limit)}`.execute(db);
  const definitions = rows.flatMap(({ draft, definition }) => [draft ?? [], definition ?? []].flat());
  const readsFolders = definitions.some((definition) => foldersOf(definition).length > 0);
  const [components, offered, failing] = await Promise.all([
    componentsById(db, organizationId, definitions.flatMap(componentsOf)),
    readsFolders ? readOfferedFolders(db, organizationId) : NO_FOLDERS,
    readFailingTriggers(db, organizationId, sql`t.workflow_id = any(${rows.map(({ id }) => id)}::uuid[])`),
  ]);
  return rows.slice(0, limit).map((row) => toWorkflow(row, { components, offered, failing }));
}

/** Throws `not_found`. */
export async function readWorkflow(db: Kysely<Database>, organizationId: string, workflowId: string): Promise<Workflow> {
  const [workflow] = await readWorkflows(db, organizationId, sql`w.id = ${workflowId}`, 1);
  if (workflow === undefined) throw workflowNotFound();
  return workflow;
}

/** As somebody wrote it; `null` when nobody did. */
export async function readYaml(db: Kysely<Database>, organizationId: string, workflowId: string): Promise<string | null> {
  const row = await db
    .selectFrom('workflow')
    .select('yaml')
    .where('organization_id', '=', organizationId)
    .where('id', '=', workflowId)
    .executeTakeFirst();
  return row?.yaml ?? null;
}

/** Throws `not_found`. */
export async function requireWorkflow(db: Kysely<Database>, organizationId: string, workflowId: string): Promise<void> {
  const workflow = await db
    .selectFrom('workflow')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', workflowId)
    .executeTakeFirst();
  if (workflow === undefined) throw workflowNotFound();
}

/** Those that are there, with why a use of them would be refused. */
export async function componentsById(
  db: Kysely<Database>,
  organizationId: string,
  componentIds: readonly string[],
): Promise<Map<string, UsedComponent>> {
  const ids = [...new Set(componentIds)];
  const [found, mode] = await Promise.all([
    readComponents(db, organizationId, sql`c.id = any(${ids}::uuid[])`, ids.length),
    readDestinationMode(db, organizationId),
  ]);
  return new Map(
    found.map((component) => [component.id, { ...component, refusal: refusalOf(component, mode), state: stateOf(component, mode) }]),
  );
}

/** What decides whether workflows could run. */
interface Circumstances {
  readonly components: ReadonlyMap<string, UsedComponent>;
  readonly offered: OfferedFolders;
  readonly failing: readonly FailingTrigger[];
}

function toWorkflow(row: WorkflowRow, circumstances: Circumstances): Workflow & { sortKey: string } {
  const { components, failing } = circumstances;
  const { draft, draft_saved_at, draft_saved_by, number, definition, note, published_at, published_by } = row;
  // One of both is there: a workflow is made with the one or the other.
  const running = definition ?? draft;
  if (running === null) throw new Error('A workflow has neither a version nor a draft.');
  const shown = shownDefinition(running, components);
  const { sources, steps } = shown;
  const [source] = sources;
  if (source === undefined) throw new Error('A workflow has no source.');
  return {
    id: row.id,
    project: { id: row.project_id, name: row.project_name },
    name: row.name,
    description: row.description,
    state: stateOfWorkflow(running, circumstances, number !== null),
    revision: row.revision,
    updatedAt: row.updated_at?.toISOString() ?? null,
    updatedBy: row.updated_by === null ? null : personOf(row.updated_by),
    version:
      number === null || published_at === null || published_by === null
        ? null
        : { number, note: note ?? '', publishedAt: published_at.toISOString(), publishedBy: personOf(published_by) },
    sources,
    source,
    steps,
    broken: brokenOf(running, circumstances),
    draft:
      draft === null || draft_saved_at === null || draft_saved_by === null
        ? null
        : {
            ...shownDefinition(draft, components),
            broken: brokenOf(draft, circumstances),
            changes:
              definition === null ? [] : differencesOf(describedDefinition(shown), describedDefinition(shownDefinition(draft, components))),
            savedAt: draft_saved_at.toISOString(),
            savedBy: personOf(draft_saved_by),
          },
    maximumRuns: row.maximum_runs,
    kept: { documentDays: row.document_days, logDays: row.log_days, runDays: row.run_days },
    lastRun: row.last_run,
    failingTriggers: failing.flatMap(({ workflow, id, name, failure }) => (workflow.id === row.id ? { id, name, failure } : [])),
    createdAt: row.created_at.toISOString(),
    createdBy: personOf(row.created_by),
    sortKey: row.sort_key,
  };
}

/** Of the first source or step that would fail; what waits for approval comes last. */
function brokenOf(definition: WorkflowDefinition, { components, offered }: Circumstances): Failure | null {
  const used = componentsOf(definition).flatMap((id) => components.get(id) ?? []);
  const broken = used.find(({ state }) => state === 'broken')?.refusal;
  return broken ?? failureOfFolders(foldersOf(definition), offered) ?? used.find(({ refusal }) => refusal !== null)?.refusal ?? null;
}

function stateOfWorkflow(definition: WorkflowDefinition, { components, offered }: Circumstances, isPublished: boolean): Workflow['state'] {
  const states = componentsOf(definition).map((id) => components.get(id)?.state);
  if (states.includes('broken') || failureOfFolders(foldersOf(definition), offered) !== null) return 'broken';
  if (states.includes('awaiting-approval')) return 'awaiting-approval';
  return isPublished ? 'ready' : 'unpublished';
}

function foldersOf({ sources }: WorkflowDefinition): string[] {
  return sources.flatMap((source) => (source.kind === 'folder' ? source.folder : []));
}

const NO_FOLDERS: OfferedFolders = { live: [], known: new Set() };
