import { HoldfastError } from '@holdfast/api';
import type { SourceDocument } from '@holdfast/connector';
import { type Database, transaction } from '@holdfast/db/data';
import { contentTypeOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import type { SourceFolder } from '@holdfast/settings';
import { type Kysely, sql } from 'kysely';
import { listComponent } from '../sources/list-component.ts';
import { listFolder, realFolder, type SkippedEntry } from '../sources/list-folder.ts';
import { storable, storableJson } from '../storable.ts';
import type { Opened } from './open-steps.ts';
import type { Run } from './run.ts';

const ROWS_AT_ONCE = 500;

/**
 * The real paths of the folders that a run reads, by its sources. Throws HoldfastError `source_unavailable`.
 */
export async function foldersOf(db: Kysely<Database>, run: Run, folders: readonly SourceFolder[]): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  const wanted = run.sources.filter((source) => source.kind === 'folder');
  if (wanted.length === 0) return paths;
  const organization = await db.selectFrom('auth.organization').select('slug').where('id', '=', run.organizationId).executeTakeFirst();
  for (const { name, folder: called } of wanted) {
    const folder = folders.find((candidate) => candidate.organizationSlug === organization?.slug && candidate.name === called);
    if (folder === undefined) {
      const together = wanted.length === 1 ? '' : ' together with the other folders of the workflow';
      throw new HoldfastError('source_unavailable', `No node that runs now has the folder “${called}”${together}.`, {
        remedy: 'Choose another source, or ask the operator to start a data plane with that folder in HOLDFAST_SOURCE_FOLDERS.',
      });
    }
    paths.set(name, await realFolder(folder.path, called));
  }
  return paths;
}

/** Of one listing, whatever the source. */
export interface LeftOut {
  readonly skipped: readonly SkippedEntry[];
  /** How many more are left out than `skipped` names. */
  readonly skippedBeyond: number;
}

/** What was found in one source. */
export interface SourceListing extends LeftOut {
  /** The source's name. */
  readonly source: string;
  readonly documents: readonly NewItem[];
}

/** What is in a folder now. */
export async function listFromFolder(source: string, folder: string, called: string): Promise<SourceListing> {
  const { documents, ...leftOut } = await listFolder(folder, called);
  return { ...leftOut, source, documents: documents.map(({ name, size }) => ({ name, content_type: contentTypeOf(name), size })) };
}

/**
 * What a connector finds now; of a source that gives new documents only, without those that an earlier run
 * took in the same version.
 *
 * @throws what `listComponent` throws.
 */
export async function listFromComponent(
  db: Kysely<Database>,
  run: Run,
  source: Extract<Run['sources'][number], { kind: 'component' }>,
  { component, use }: Opened,
  signal: AbortSignal,
): Promise<SourceListing> {
  const { connector } = use;
  if (connector.role !== 'connector') throw new Error(`A ${connector.role} is no source.`);
  const { documents, ...leftOut } = await listComponent(connector, use.options, use.contextFor(signal), component.name, async (found) =>
    source.documents === 'new' ? newDocuments(db, run, source, found) : found,
  );
  return {
    ...leftOut,
    source: source.name,
    documents: documents.map(({ reference, name, contentType, size, version }) => ({
      name,
      content_type: storable(contentType),
      size: size ?? 0,
      reference,
      version: version ?? null,
    })),
  };
}

/**
 * Those that no other run of the workflow has taken from this source, or has under way, in the same version;
 * nor has failed at, when the source leaves what failed.
 *
 * @param run `id` of the run that is to take them; `undefined` before there is one.
 */
export async function newDocuments(
  db: Kysely<Database>,
  run: Pick<Run, 'organizationId' | 'workflowId'> & { readonly id: string | undefined },
  source: { readonly name: string; readonly leavesFailed?: true },
  found: readonly SourceDocument[],
): Promise<SourceDocument[]> {
  const leavesFailed = source.leavesFailed === true;
  const { rows } = await sql<{ reference: string; version: string | null }>`
    select distinct i.reference, i.version from run_item i
    join run r on r.organization_id = i.organization_id and r.id = i.run_id
    where i.organization_id = ${run.organizationId} and i.reference = any(${found.map(({ reference }) => reference)}::text[])
      and i.source = ${source.name} and r.workflow_id = ${run.workflowId} and r.id is distinct from ${run.id ?? null}::uuid
      and (i.status in ('published', 'unchanged') or (i.status = 'skipped' and i.failure ->> 'code' = 'condition_false')
        or (${leavesFailed}::boolean and i.status = 'failed')
        or (i.status in ('waiting', 'running') and r.status in ('queued', 'running')))
    union select p.reference, nullif(p.version, '') from published_reference p
    where p.organization_id = ${run.organizationId} and p.workflow_id = ${run.workflowId} and p.source = ${source.name}
      and (${leavesFailed}::boolean or not p.failed) and p.reference = any(${found.map(({ reference }) => reference)}::text[])`.execute(db);
  const taken = new Set(rows.map(({ reference, version }) => JSON.stringify([reference, version])));
  return found.filter(({ reference, version }) => !taken.has(JSON.stringify([reference, version ?? null])));
}

interface NewItem {
  readonly name: string;
  readonly content_type: string;
  readonly size: number;
  readonly reference?: string;
  readonly version?: string | null;
}

/** Whether the sources of a run were listed: its items are there, beside those that were uploaded. */
export async function wasListed(db: Kysely<Database>, run: Run): Promise<boolean> {
  const listed = await db
    .selectFrom('run_item')
    .select('id')
    .where('organization_id', '=', run.organizationId)
    .where('run_id', '=', run.id)
    .where('source', 'is not', null)
    .limit(1)
    .execute();
  return listed.length > 0;
}

/**
 * Makes the items of a run from what its sources have now, all of them in one transaction; once for each run.
 * What is left out is an item too, with its reason. False when the run had its items already.
 */
export async function insertItems(db: Kysely<Database>, run: Run, listings: readonly SourceListing[]): Promise<boolean> {
  const place = { organization_id: run.organizationId, run_id: run.id, document_id: null };
  return transaction(db, async (tx) => {
    if (await wasListed(tx, run)) return false;
    const documents = listings.flatMap(({ source, documents: found }) => found.map((document) => ({ ...document, source })));
    const skipped = listings.flatMap(({ source, skipped: entries }) => entries.map((entry) => ({ ...entry, source })));
    for (let start = 0; start < documents.length; start += ROWS_AT_ONCE) {
      const rows = documents.slice(start, start + ROWS_AT_ONCE).map((document) => ({ ...place, ...document, id: uuidv7() }));
      await tx.insertInto('run_item').values(rows).execute();
    }
    for (let start = 0; start < skipped.length; start += ROWS_AT_ONCE) {
      const rows = skipped.slice(start, start + ROWS_AT_ONCE).map(({ name, detail, remedy, source }) => ({
        ...place,
        id: uuidv7(),
        source,
        name,
        content_type: contentTypeOf(name),
        size: 0,
        status: 'skipped' as const,
        failure: storableJson({ code: 'source_unavailable', detail, remedy }),
        finished_at: sql<Date>`now()`,
      }));
      await tx.insertInto('run_item').values(rows).execute();
    }
    return true;
  });
}
