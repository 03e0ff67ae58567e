import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';

/** Chunks of one mebibyte that are read ahead of the one being sent. */
const CHUNKS_AT_ONCE = 4;

/** The bytes of an uploaded document, a few chunks at a time. */
export async function* readUploaded(db: Kysely<Database>, organizationId: string, documentId: string): AsyncGenerator<Uint8Array> {
  let last = -1;
  for (;;) {
    const chunks = await db
      .selectFrom('document_chunk')
      .select(['number', 'bytes'])
      .where('organization_id', '=', organizationId)
      .where('document_id', '=', documentId)
      .where('number', '>', last)
      .orderBy('number')
      .limit(CHUNKS_AT_ONCE)
      .execute();
    for (const chunk of chunks) {
      yield chunk.bytes;
      last = chunk.number;
    }
    if (chunks.length < CHUNKS_AT_ONCE) return;
  }
}
