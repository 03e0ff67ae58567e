import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';

/** Chunks of one mebibyte of one statement. The next ones are read while these are sent. */
const CHUNKS_AT_ONCE = 2;

/** The bytes of an uploaded document, a few chunks at a time. */
export async function* readUploaded(db: Kysely<Database>, organizationId: string, documentId: string): AsyncGenerator<Uint8Array> {
  const readAfter = (last: number) =>
    db
      .selectFrom('document_chunk')
      .select(['number', 'bytes'])
      .where('organization_id', '=', organizationId)
      .where('document_id', '=', documentId)
      .where('number', '>', last)
      .orderBy('number')
      .limit(CHUNKS_AT_ONCE)
      .execute();
  let next = readAfter(-1);
  for (;;) {
    const chunks = await next;
    const last = chunks.at(-1);
    const more = last !== undefined && chunks.length === CHUNKS_AT_ONCE;
    if (more) {
      next = readAfter(last.number);
      // Met at the next turn, if there is one.
      next.catch(() => undefined);
    }
    for (const { bytes } of chunks) yield bytes;
    if (!more) return;
  }
}
