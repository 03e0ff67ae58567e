import { HoldfastError } from '@holdfast/api';
import { type Database, transaction } from '@holdfast/db/data';
import { contentTypeOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import type { SourceFolder } from '@holdfast/settings';
import { type Kysely, sql } from 'kysely';
import { type Listing, listFolder, realFolder } from '../sources/list-folder.ts';
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

/**
 * Makes the items of a run from what is in its folder now; once for each run. What is left out is an item
 * too, with its reason. Answers what was listed, or `undefined` when the run had its items already.
 */
export async function listSource(db: Kysely<Database>, run: Run, folder: string): Promise<Listing | undefined> {
  const listing = await listFolder(folder, run.source.kind === 'folder' ? run.source.folder : '');
  const { documents, skipped } = listing;
  return transaction(db, async (tx) => {
    const listed = await tx
      .selectFrom('run_item')
      .select('id')
      .where('organization_id', '=', run.organizationId)
      .where('run_id', '=', run.id)
      .limit(1)
      .execute();
    if (listed.length > 0) return undefined;
    for (let start = 0; start < documents.length; start += ROWS_AT_ONCE) {
      const rows = documents.slice(start, start + ROWS_AT_ONCE).map((document, index) => ({
        organization_id: run.organizationId,
        run_id: run.id,
        id: uuidv7(),
        position: start + index,
        document_id: null,
        name: document.name,
        content_type: contentTypeOf(document.name),
        size: document.size,
      }));
      await tx.insertInto('run_item').values(rows).execute();
    }
    for (let start = 0; start < skipped.length; start += ROWS_AT_ONCE) {
      const rows = skipped.slice(start, start + ROWS_AT_ONCE).map(({ name, detail, remedy }, index) => ({
        organization_id: run.organizationId,
        run_id: run.id,
        id: uuidv7(),
        position: documents.length + start + index,
        document_id: null,
        name,
        content_type: contentTypeOf(name),
        size: 0,
        status: 'skipped' as const,
        failure: JSON.stringify({ code: 'source_unavailable', detail, remedy }),
        finished_at: sql<Date>`now()`,
      }));
      await tx.insertInto('run_item').values(rows).execute();
    }
    return listing;
  });
}
