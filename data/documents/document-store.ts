import { createHash, hash } from 'node:crypto';
import { ConnectorError } from '@holdfast/connector';
import { type Actor, type Database, DOCUMENT_CHUNK_BYTES, insertChunk, transaction } from '@holdfast/db/data';
import { uuidv7 } from '@holdfast/envelope';
import { type Kysely, sql } from 'kysely';
import { storable } from '../storable.ts';
import { bucketOf, type DocumentBucket, objectKey } from './bucket.ts';
import { readUploaded } from './uploaded.ts';

/** Of a document that goes into a bucket: as often the quota is looked at. */
const QUOTA_ASKED_BYTES = 8 * DOCUMENT_CHUNK_BYTES;
/** A document up to this size is kept in memory while its item is worked on. */
export const SMALL_BYTES = 256 * 1024;

export interface DocumentLimits {
  /** Of one document. */
  readonly documentMaximumBytes: number;
  /** Of all documents of one organization. */
  readonly documentQuotaBytes: number;
}

/** What a run made or read, and to which it belongs. */
export interface NewDocument {
  readonly organizationId: string;
  readonly projectId: string;
  /** `null`: it waits for its run. */
  readonly runId: string | null;
  readonly name: string;
  readonly contentType: string;
  readonly createdBy: Actor;
}

export interface StoredDocument {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  read(): AsyncIterable<Uint8Array>;
}

/**
 * Stores a document that a run made or read, in chunks of 1 MiB as it comes, or in the bucket if there is
 * one. It belongs to the run and is removed with the run's other documents; so are the chunks of one that did
 * not come to its end.
 *
 * @throws ConnectorError `document_unsupported` (documentOnly) for one that is too large, or beyond what the
 *   organization may keep; and what `body` throws.
 */
export async function storeDocument(
  db: Kysely<Database>,
  limits: DocumentLimits,
  document: NewDocument,
  body: AsyncIterable<Uint8Array>,
): Promise<StoredDocument> {
  const id = uuidv7();
  const bucket = bucketOf(db);
  if (bucket !== undefined) return storeInBucket(db, bucket, limits, document, id, body);
  const digest = createHash('sha256');
  let size = 0;
  let number = 0;
  let storing: Promise<void> = Promise.resolve();
  let small: Buffer | undefined;
  try {
    for await (const chunk of inChunks(body)) {
      size += chunk.length;
      if (size > limits.documentMaximumBytes) throw tooLarge(document.name, 'is larger than a document may be');
      digest.update(chunk);
      // The next chunk arrives and is hashed while this one is stored.
      await storing;
      await requireQuota(db, limits, document.organizationId, chunk.length, document.name);
      storing = insertChunk(db, { organizationId: document.organizationId, documentId: id, number, bytes: chunk });
      storing.catch(() => undefined);
      small = number === 0 && chunk.length <= SMALL_BYTES ? chunk : undefined;
      number += 1;
    }
    await storing;
  } catch (error) {
    await storing.catch(() => undefined);
    if (number > 0) await discardStored(db, document.organizationId, id).catch(() => undefined);
    throw error;
  }
  const sha256 = digest.digest();
  await insertRow(db, document, { id, size, sha256 });
  const { name, contentType, organizationId } = document;
  const kept = size === 0 ? Buffer.alloc(0) : small;
  const read = kept === undefined ? () => readUploaded(db, organizationId, { id, size }) : inOnePiece(kept);
  return { id, name, contentType, size, sha256: sha256.toString('hex'), read };
}

/** The same for documents that lie in a bucket: the object first, its row then. */
async function storeInBucket(
  db: Kysely<Database>,
  bucket: DocumentBucket,
  limits: DocumentLimits,
  document: NewDocument,
  id: string,
  body: AsyncIterable<Uint8Array>,
): Promise<StoredDocument> {
  const { organizationId, name, contentType } = document;
  const key = objectKey(bucket, organizationId, id);
  const digest = createHash('sha256');
  const small: Uint8Array[] = [];
  let size = 0;
  async function* counted() {
    let asked = 0;
    for await (const piece of body) {
      size += piece.length;
      if (size > limits.documentMaximumBytes) throw tooLarge(name, 'is larger than a document may be');
      if (size - asked >= QUOTA_ASKED_BYTES) {
        await requireQuota(db, limits, organizationId, size, name);
        asked = size;
      }
      digest.update(piece);
      if (size <= SMALL_BYTES) small.push(piece);
      yield piece;
    }
    await requireQuota(db, limits, organizationId, size, name);
  }
  await bucket.store.put(key, counted());
  const sha256 = digest.digest();
  try {
    await transaction(db, async (tx) => {
      await insertRow(tx, document, { id, size, sha256 });
      await sql`select place_in_bucket(${organizationId}, ${id})`.execute(tx);
    });
  } catch (error) {
    await bucket.store.remove(key).catch(() => undefined);
    throw error;
  }
  const read = size <= SMALL_BYTES ? inOnePiece(Buffer.concat(small)) : () => readUploaded(db, organizationId, { id, size });
  return { id, name, contentType, size, sha256: sha256.toString('hex'), read };
}

async function insertRow(
  db: Kysely<Database>,
  document: NewDocument,
  { id, size, sha256 }: { id: string; size: number; sha256: Buffer },
): Promise<void> {
  await db
    .insertInto('document')
    .values({
      organization_id: document.organizationId,
      id,
      project_id: document.projectId,
      run_id: document.runId,
      name: document.name,
      content_type: storable(document.contentType),
      size,
      sha256,
      created_by: document.createdBy,
      // Who uploaded what is on the record; what a run makes of it is in the run.
      recorded: true,
    })
    .execute();
}

/**
 * Whether so many bytes fit beside what is stored. Documents that come side by side may each be a little
 * over.
 */
async function requireQuota(
  db: Kysely<Database>,
  { documentQuotaBytes }: DocumentLimits,
  organizationId: string,
  size: number,
  name: string,
): Promise<void> {
  const usage = await db.selectFrom('document_usage').select('bytes').where('organization_id', '=', organizationId).executeTakeFirst();
  if (Number(usage?.bytes ?? 0) + size > documentQuotaBytes) {
    throw tooLarge(name, 'does not fit into what the organization may keep of documents');
  }
}

/** Removes a document that nothing refers to, with its chunks. */
export async function discardStored(db: Kysely<Database>, organizationId: string, id: string): Promise<void> {
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

/** The bytes of a document that is stored. */
export function readStored(
  db: Kysely<Database>,
  organizationId: string,
  { id, size }: Pick<StoredDocument, 'id' | 'size'>,
): () => AsyncIterable<Uint8Array> {
  return size === 0 ? inOnePiece(Buffer.alloc(0)) : () => readUploaded(db, organizationId, { id, size });
}

/**
 * The beginning of a stream: all of it when it has no more than {@link SMALL_BYTES}, with its hash.
 */
export async function holdIfSmall(
  body: AsyncIterable<Uint8Array>,
): Promise<
  { readonly small: { size: number; sha256: string; read: () => AsyncIterable<Uint8Array> } } | { readonly rest: AsyncIterable<Uint8Array> }
> {
  const iterator = body[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length <= SMALL_BYTES) {
    const { done, value } = await iterator.next();
    if (done === true) {
      const bytes = Buffer.concat(pieces);
      return { small: { size: bytes.length, sha256: hash('sha256', bytes), read: inOnePiece(bytes) } };
    }
    pieces.push(value);
    length += value.length;
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces.splice(0);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { rest: rest() };
}

export function inOnePiece(bytes: Uint8Array): () => AsyncGenerator<Uint8Array> {
  return async function* () {
    if (bytes.length > 0) yield bytes;
  };
}

function tooLarge(name: string, why: string): ConnectorError {
  return new ConnectorError('document_unsupported', `“${name}” ${why}.`, {
    remedy:
      'Ask the operator: HOLDFAST_DOCUMENT_QUOTA says how much an organization may keep. Documents of ended runs are removed after their time.',
    documentOnly: true,
  });
}

/** The same bytes in pieces of exactly 1 MiB, the last one shorter; none for no bytes. */
async function* inChunks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    let rest = piece;
    while (length + rest.length >= DOCUMENT_CHUNK_BYTES) {
      const taken = DOCUMENT_CHUNK_BYTES - length;
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
