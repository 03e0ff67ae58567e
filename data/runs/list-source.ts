import { HoldfastError } from '@holdfast/api';
import type { SourceDocument } from '@holdfast/connector';
import { type Database, transaction } from '@holdfast/db/data';
import { contentTypeOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import type { SourceFolder } from '@holdfast/settings';
import { type Kysely, sql } from 'kysely';
import { listComponent } from '../sources/list-component.ts';
import { listFolder, realFolder, type SkippedEntry } from '../sources/list-folder.ts';
import type { OpenSteps } from './open-steps.ts';
import type { Run } from './run.ts';

const ROWS_AT_ONCE = 500;

/** The real path of the folder that a run reads. Throws HoldfastError `source_unavailable`. */
export async function folderOf(db: Kysely<Database>, run: Run, folders: readonly SourceFolder[]): Promise<string | undefined> {
  if (run.source.kind !== 'folder') return undefined;
  const { folder: name } = run.source;
  const organization = await db.selectFrom('auth.organization').select('slug').where('id', '=', run.organizationId).executeTakeFirst();
  const folder = folders.find((candidate) => candidate.organizationSlug === organization?.slug && candidate.name === name);
  if (folder === undefined) {
    throw new HoldfastError('source_unavailable', `No node that runs now has the folder “${name}”.`, {
      remedy: 'Choose another source, or ask the operator to start a data plane with that folder in HOLDFAST_SOURCE_FOLDERS.',
    });
  }
  return realFolder(folder.path, name);
}

/** Of one listing, whatever the source. */
export interface LeftOut {
  readonly skipped: readonly SkippedEntry[];
  /** How many more are left out than `skipped` names. */
  readonly skippedBeyond: number;
}

/**
 * Makes the items of a run from what is in its folder now; once for each run. What is left out is an item
 * too, with its reason. Answers what was left out, or `undefined` when the run had its items already.
 */
export async function listFromFolder(db: Kysely<Database>, run: Run, folder: string): Promise<LeftOut | undefined> {
  const listing = await listFolder(folder, run.source.kind === 'folder' ? run.source.folder : '');
  const documents = listing.documents.map(({ name, size }) => ({ name, content_type: contentTypeOf(name), size }));
  return (await insertItems(db, run, documents, listing.skipped)) ? listing : undefined;
}

/**
 * The same from what its connector finds now; of a workflow that takes new documents only, without those that
 * an earlier run took in the same version.
 *
 * @throws what `listComponent` throws.
 */
export async function listFromComponent(
  db: Kysely<Database>,
  run: Run,
  { component, use }: NonNullable<OpenSteps['source']>,
  signal: AbortSignal,
): Promise<LeftOut | undefined> {
  const { connector } = use;
  if (connector.role !== 'connector') throw new Error(`A ${connector.role} is no source.`);
  const onlyNew = run.source.kind === 'component' && run.source.documents === 'new';
  const listing = await listComponent(connector, use.options, use.contextFor(signal), component.name, async (found) =>
    onlyNew ? newOf(db, run, found) : found,
  );
  const documents = listing.documents.map(({ reference, name, contentType, size, version }) => ({
    name,
    content_type: contentType,
    size: size ?? 0,
    reference,
    version: version ?? null,
  }));
  return (await insertItems(db, run, documents, listing.skipped)) ? listing : undefined;
}

/** Those that no other run of the workflow has taken, or has under way, in the same version. */
async function newOf(db: Kysely<Database>, run: Run, found: readonly SourceDocument[]): Promise<SourceDocument[]> {
  const { rows } = await sql<{ reference: string; version: string | null }>`
    select distinct i.reference, i.version from run_item i
    join run r on r.organization_id = i.organization_id and r.id = i.run_id
    where i.organization_id = ${run.organizationId} and i.reference = any(${found.map(({ reference }) => reference)}::text[])
      and r.workflow_id = ${run.workflowId} and r.id <> ${run.id}
      and (i.status in ('published', 'unchanged') or (i.status in ('waiting', 'running') and r.status in ('queued', 'running')))`.execute(
    db,
  );
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

/** All of them in one transaction; false when the run had its items already. */
async function insertItems(
  db: Kysely<Database>,
  run: Run,
  documents: readonly NewItem[],
  skipped: readonly SkippedEntry[],
): Promise<boolean> {
  const place = { organization_id: run.organizationId, run_id: run.id, document_id: null };
  return transaction(db, async (tx) => {
    const listed = await tx
      .selectFrom('run_item')
      .select('id')
      .where('organization_id', '=', run.organizationId)
      .where('run_id', '=', run.id)
      .limit(1)
      .execute();
    if (listed.length > 0) return false;
    for (let start = 0; start < documents.length; start += ROWS_AT_ONCE) {
      const rows = documents.slice(start, start + ROWS_AT_ONCE).map((document, index) => ({
        ...place,
        ...document,
        id: uuidv7(),
        position: start + index,
      }));
      await tx.insertInto('run_item').values(rows).execute();
    }
    for (let start = 0; start < skipped.length; start += ROWS_AT_ONCE) {
      const rows = skipped.slice(start, start + ROWS_AT_ONCE).map(({ name, detail, remedy }, index) => ({
        ...place,
        id: uuidv7(),
        position: documents.length + start + index,
        name,
        content_type: contentTypeOf(name),
        size: 0,
        status: 'skipped' as const,
        failure: JSON.stringify({ code: 'source_unavailable', detail, remedy }),
        finished_at: sql<Date>`now()`,
      }));
      await tx.insertInto('run_item').values(rows).execute();
    }
    return true;
  });
}
