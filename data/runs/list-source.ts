import { contentTypeIn, HoldfastError } from '@holdfast/api';
import { type Database, databaseFaultOf, lockNamed, type Tx, transaction } from '@holdfast/db/data';
import { contentTypeOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import type { SourceFolder } from '@holdfast/settings';
import { type Kysely, sql } from 'kysely';
import { listComponent } from '../sources/list-component.ts';
import { listFolder, realFolder, type SkippedEntry } from '../sources/list-folder.ts';
import { storableJson } from '../storable.ts';
import type { Opened } from './open-steps.ts';
import type { Run } from './run.ts';

const ROWS_AT_ONCE = 500;
/** A run waits for the items of another as long as its lock is waited for (1.25 s), so many times. */
const LOCK_ATTEMPTS = 8;

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
  const { connector, options, redactor } = use;
  if (connector.role !== 'connector') throw new Error(`A ${connector.role} is no source.`);
  const listed = { connector, options, context: use.contextFor(signal), name: component.name, redactor };
  const { documents, ...leftOut } = await listComponent(listed, async (found) =>
    source.documents === 'new' ? newDocuments(db, run, source, found) : found,
  );
  return {
    ...leftOut,
    source: source.name,
    documents: documents.map(({ reference, name, contentType, size, version }) => ({
      name,
      content_type: contentTypeIn(contentType) ?? 'application/octet-stream',
      size: size ?? 0,
      reference,
      version: version ?? null,
    })),
  };
}

/**
 * Those that no other run of the workflow has taken from this source, or has under way, in the same version;
 * nor has failed at, when the source leaves what failed. What may have arrived is for people to try again.
 *
 * @param run `id` of the run that is to take them; `undefined` before there is one.
 */
export async function newDocuments<Found extends { readonly reference: string; readonly version?: string | null | undefined }>(
  db: Kysely<Database>,
  run: Pick<Run, 'organizationId' | 'workflowId'> & { readonly id: string | undefined },
  source: { readonly name: string; readonly leavesFailed?: true },
  found: readonly Found[],
): Promise<Found[]> {
  const leavesFailed = source.leavesFailed === true;
  const { rows } = await sql<{ reference: string; version: string | null }>`
    select distinct i.reference, i.version from run_item i
    join run r on r.organization_id = i.organization_id and r.id = i.run_id
    where i.organization_id = ${run.organizationId} and i.reference = any(${found.map(({ reference }) => reference)}::text[])
      and i.source = ${source.name} and r.workflow_id = ${run.workflowId} and r.id is distinct from ${run.id ?? null}::uuid
      and (i.status in ('published', 'unchanged') or (i.status = 'skipped' and i.failure ->> 'code' = 'condition_false')
        or (i.status = 'failed' and i.failure ->> 'code' = 'publication_uncertain')
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
 * Makes the items of a run from what its sources have now, all of them in one transaction; once for each run,
 * and of what is new without what another run of the workflow has taken since it was listed. What is left out
 * is an item too, with its reason. False when the run had its items already.
 *
 * @throws 55P03 (lock_not_available) when other runs of the workflow make theirs for longer than ten seconds.
 */
export async function insertItems(db: Kysely<Database>, run: Run, listings: readonly SourceListing[]): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(db, (tx) => insertUnderLock(tx, run, listings));
    } catch (error) {
      // What was listed is not asked of the services again for that.
      if (attempt === LOCK_ATTEMPTS || databaseFaultOf(error) !== 'locked') throw error;
    }
  }
}

async function insertUnderLock(tx: Tx, run: Run, listings: readonly SourceListing[]): Promise<boolean> {
  const place = { organization_id: run.organizationId, run_id: run.id, document_id: null };
  // Two runs that list at the same time do not see each other's items before, and nor does who lost the locks
  // of a run while it listed, and who took that run over.
  await lockNamed(tx, 'listed documents', run.workflowId);
  if (await wasListed(tx, run)) return false;
  const skipped = listings.flatMap(({ source, skipped: entries }) => entries.map((entry) => ({ ...entry, source })));
  for (const { source, documents } of listings) {
    for (let start = 0; start < documents.length; start += ROWS_AT_ONCE) {
      const found = documents.slice(start, start + ROWS_AT_ONCE);
      const rows = (await stillNew(tx, run, source, found)).map((document) => ({ ...place, ...document, source, id: uuidv7() }));
      if (rows.length > 0) await tx.insertInto('run_item').values(rows).execute();
    }
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
}

async function stillNew(tx: Tx, run: Run, sourceName: string, found: readonly NewItem[]): Promise<readonly NewItem[]> {
  const source = run.sources.find(({ name }) => name === sourceName);
  if (source?.kind !== 'component' || source.documents !== 'new') return found;
  return newDocuments(
    tx,
    run,
    source,
    found.flatMap((document) => (document.reference === undefined ? [] : [{ ...document, reference: document.reference }])),
  );
}
