import { ConnectorError } from '@holdfast/connector';
import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { type DocumentPlace, objectKey } from './bucket.ts';

/** Chunks of one mebibyte of one statement. The next ones are read while these are sent. */
const CHUNKS_AT_ONCE = 2;

/**
 * The bytes of a document that is stored. One that is moved into the bucket while it is read goes on from
 * there.
 *
 * @param size of it, in bytes.
 * @throws ConnectorError when it lies in a bucket that is not set, or does not answer.
 */
export async function* readDocument(
  place: DocumentPlace,
  organizationId: string,
  { id, size }: { readonly id: string; readonly size: number },
): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const piece of readChunks(place.db, organizationId, id)) {
    read += piece.length;
    yield piece;
  }
  if (read < size) yield* readFromBucket(place, organizationId, id, read);
}

/** Those that are in the database, a few at a time. */
async function* readChunks(db: Kysely<Database>, organizationId: string, documentId: string): AsyncGenerator<Uint8Array> {
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

/** The rest of a document, from a byte on. */
async function* readFromBucket(
  { db, bucket }: DocumentPlace,
  organizationId: string,
  documentId: string,
  from: number,
): AsyncGenerator<Uint8Array> {
  const row = await db
    .selectFrom('document')
    .select(['in_bucket', 'name'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', documentId)
    .executeTakeFirst();
  // Removed meanwhile: who reads it finds that it is too short.
  if (row === undefined || !row.in_bucket) return;
  if (bucket === undefined) {
    throw new ConnectorError('upstream_not_found', `“${row.name}” lies in a bucket, and this data plane has none.`, {
      remedy: 'Ask the operator to set HOLDFAST_DOCUMENTS_BUCKET again: documents that were stored in it stay there.',
    });
  }
  yield* bucket.store.read(objectKey(bucket, organizationId, documentId), from);
}
