import { uuidToBytes } from '@holdfast/envelope';
import { CompiledQuery, type Kysely } from 'kysely';

/**
 * Its parameters are the row; see `copyIn` in db/connection/copy-bytes.ts. It does not wait for the disk: the
 * log is written in order, so the document's own row, which does, takes its chunks there with it.
 */
const INSERT_CHUNK =
  'set local synchronous_commit to off; copy document_chunk (organization_id, document_id, number, bytes) from stdin (format binary)';

/** What a chunk of a document holds at most, in bytes. All but its last hold that much. */
export const DOCUMENT_CHUNK_BYTES = 1024 * 1024;

export interface Chunk {
  readonly organizationId: string;
  readonly documentId: string;
  /** From 0. */
  readonly number: number;
  /** 1 to {@link DOCUMENT_CHUNK_BYTES}. May be changed when the chunk is stored. */
  readonly bytes: Buffer;
}

/**
 * Stores a chunk of a document, in a transaction of its own. It is on the disk as soon as something is that
 * was committed later, as the document's row is.
 */
export async function insertChunk(
  db: Pick<Kysely<never>, 'executeQuery'>,
  { organizationId, documentId, number, bytes }: Chunk,
): Promise<void> {
  const place = Buffer.alloc(4);
  place.writeInt32BE(number);
  await db.executeQuery(CompiledQuery.raw(INSERT_CHUNK, [uuidToBytes(organizationId), uuidToBytes(documentId), place, bytes]));
}
