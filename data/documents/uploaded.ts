import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';

/** Chunks of one mebibyte of one statement. The next ones are read while these are sent. */
const CHUNKS_AT_ONCE = 2;

/** The bytes of an uploaded document, a few chunks at a time. */
export async function* readUploaded(db: Kysely<Database>, organizationId: string, documentId: string): AsyncGenerator<Uint8Array> {
  const readFrom = async (number: number) => {
    const { rows } = await sql<{ bytes: Buffer }>`
      copy (
        select bytes from document_chunk
        where organization_id = ${sql.lit(organizationId)} and document_id = ${sql.lit(documentId)}
          and number >= ${sql.lit(number)} and number < ${sql.lit(number + CHUNKS_AT_ONCE)}
        order by number
      ) to stdout (format binary)`.execute(db);
    return rows;
  };
  let number = 0;
  let next = readFrom(number);
  for (;;) {
    const chunks = await next;
    const more = chunks.length === CHUNKS_AT_ONCE;
    if (more) {
      number += CHUNKS_AT_ONCE;
      next = readFrom(number);
      // Met at the next turn, if there is one.
      next.catch(() => undefined);
    }
    for (const { bytes } of chunks) yield bytes;
    if (!more) return;
  }
}
