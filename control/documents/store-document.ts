import type { Readable } from 'node:stream';
import { type Actor, type Database, deleteRows, storeInChunks } from '@holdfast/db/control';
import { invalid } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import type { Kysely } from 'kysely';
import type { DocumentRoom } from './document-room.ts';

export interface NewUpload {
  readonly organizationId: string;
  readonly projectId: string;
  readonly name: string;
  readonly contentType: string;
  readonly createdBy: Actor;
}

export interface StoredUpload {
  readonly id: string;
  readonly size: number;
  readonly sha256: Buffer;
}

/**
 * Stores what is sent in chunks of 1 MiB as it comes, so that memory holds two or three of them whatever the
 * size. Each chunk is its own transaction: a slow upload holds no connection. The document appears when all
 * of it is there; when it fails, its chunks are removed (or, after a crash, swept by the data plane), and the
 * stream is left as it is, so that an answer can be sent. Throws `payload_too_large`, `storage_full` or
 * `document_quota_exceeded`, and what the stream or the database fails with.
 *
 * @param expected - what the client announced; 0 bytes when it did not say.
 */
export async function storeDocument(
  { uploads: db, documentRoom: room }: { readonly uploads: Kysely<Database>; readonly documentRoom: DocumentRoom },
  document: NewUpload,
  bytes: Readable,
  expected: { readonly bytes: number; readonly sha256: Buffer | undefined },
): Promise<StoredUpload> {
  const { organizationId } = document;
  room.requireSize(expected.bytes);
  await room.requireDisk();
  await room.requireQuota(organizationId, expected.bytes);
  const id = uuidv7();
  let begun = false;
  try {
    const { size, sha256 } = await storeInChunks(bytes, {
      expectedBytes: expected.bytes,
      release: (piece) => release(piece as Buffer),
      async admit(size) {
        room.requireSize(size);
        await room.requireDisk();
      },
      async insert(chunk) {
        begun = true;
        await room.insertChunk({ organizationId, documentId: id, ...chunk });
      },
    });
    if (expected.sha256 !== undefined && !sha256.equals(expected.sha256)) {
      throw invalid([{ field: 'content-digest', detail: 'The bytes that arrived have another digest.' }], 'Upload the document again.');
    }
    await db
      .insertInto('document')
      .values({
        organization_id: organizationId,
        id,
        project_id: document.projectId,
        run_id: null,
        name: document.name,
        content_type: document.contentType,
        size,
        sha256,
        created_by: document.createdBy,
      })
      .execute();
    return { id, size, sha256 };
  } catch (error) {
    // When the database is away they stay until they are swept; why the upload failed matters more.
    if (begun) await deleteRows(db, 'document_chunk', organizationId, [id]).catch(() => undefined);
    throw error;
  }
}

/**
 * Gives memory of a piece that was copied back at once. The collector, which sees little of it, else has to
 * run every 64 MiB of an upload: a quarter of the processor time.
 */
function release({ buffer, byteLength }: Buffer): void {
  // Nobody else has a part of it.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
