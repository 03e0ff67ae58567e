import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';

/** Removes a document that nothing refers to, with its chunks. */
export async function discardDocument(db: Kysely<Database>, organizationId: string, id: string): Promise<void> {
  await db.deleteFrom('document').where('organization_id', '=', organizationId).where('id', '=', id).execute();
  await discardChunks(db, organizationId, id);
}

/** The same of a document that waits for a run, unless one has taken it. */
export async function discardUntaken(db: Kysely<Database>, organizationId: string, id: string): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('document')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('run_id', 'is', null)
    .executeTakeFirstOrThrow();
  if (numDeletedRows > 0n) await discardChunks(db, organizationId, id);
}

async function discardChunks(db: Kysely<Database>, organizationId: string, id: string): Promise<void> {
  await db.deleteFrom('document_chunk').where('organization_id', '=', organizationId).where('document_id', '=', id).execute();
}
