import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DOCUMENT_MAXIMUM_BYTES, HoldfastError } from '@holdfast/api';
import type { Actor, Database } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import type { Kysely } from 'kysely';

const CHUNK_BYTES = 1024 * 1024;

export interface NewDocument {
  readonly organizationId: string;
  readonly projectId: string;
  readonly name: string;
  readonly contentType: string;
  readonly createdBy: Actor;
}

export interface StoredDocument {
  readonly id: string;
  readonly size: number;
  readonly sha256: Buffer;
}

/**
 * Stores what is sent in chunks of 1 MiB as it comes, so that memory holds one or two of them whatever the size. Each chunk is its own
 * transaction: a slow upload holds no connection. The document appears when all of it is there; when it breaks off, its
 * chunks are removed (or, after a crash, swept by the data plane). Throws `payload_too_large`.
 */
export async function storeDocument(db: Kysely<Database>, document: NewDocument, bytes: Readable): Promise<StoredDocument> {
  const { organizationId } = document;
  const id = uuidv7();
  const hash = createHash('sha256');
  let size = 0;
  let number = 0;
  try {
    for await (const chunk of inChunks(bytes)) {
      size += chunk.length;
      if (size > DOCUMENT_MAXIMUM_BYTES) throw new HoldfastError('payload_too_large', 'A document has at most 1 GiB.');
      hash.update(chunk);
      await db.insertInto('document_chunk').values({ organization_id: organizationId, document_id: id, number, bytes: chunk }).execute();
      number += 1;
    }
    const sha256 = hash.digest();
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
    await db.deleteFrom('document_chunk').where('organization_id', '=', organizationId).where('document_id', '=', id).execute();
    throw error;
  }
}

/** The same bytes in pieces of exactly 1 MiB, the last one shorter; none for no bytes. */
async function* inChunks(bytes: Readable): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of bytes) {
    let rest = piece as Buffer;
    while (length + rest.length >= CHUNK_BYTES) {
      const taken = CHUNK_BYTES - length;
      yield Buffer.concat([...pieces, rest.subarray(0, taken)]);
      rest = rest.subarray(taken);
      pieces = [];
      length = 0;
    }
    if (rest.length > 0) pieces.push(rest);
    length += rest.length;
  }
  if (length > 0) yield Buffer.concat(pieces);
}
