import { type Database, transaction } from '@holdfast/db/data';
import type { SourceFolder } from '@holdfast/settings';
import type { Kysely } from 'kysely';

/**
 * Says in the database which folders this node has: their names only. What an earlier start of it announced
 * is replaced.
 */
export async function announceFolders(db: Kysely<Database>, nodeId: string, folders: readonly SourceFolder[]): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.deleteFrom('source_folder').where('node_id', '=', nodeId).execute();
    if (folders.length === 0) return;
    await tx
      .insertInto('source_folder')
      .values(folders.map(({ organizationSlug, name }) => ({ organization_slug: organizationSlug, name, node_id: nodeId })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}
