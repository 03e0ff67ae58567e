import { createHash } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import {
  type Actor,
  type Database,
  DOCUMENT_CHUNK_BYTES,
  fitsDocumentQuota,
  insertChunk,
  storeInChunks,
  transaction,
} from '@holdfast/db/data';
import { uuidv7 } from '@holdfast/envelope';
import { type Kysely, sql } from 'kysely';
import { storable } from '../storable.ts';
import { type DocumentBucket, objectKey } from './bucket.ts';
import { discardDocument } from './discard-document.ts';
import { SMALL_BYTES } from './small-documents.ts';

/** Of a document that goes into a bucket: as often the quota is looked at. */
const QUOTA_ASKED_BYTES = 8 * DOCUMENT_CHUNK_BYTES;

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

interface Stored {
  readonly id: string;
  readonly size: number;
  readonly sha256: Buffer;
  /** Its bytes, when they are few. */
  readonly small: Buffer | undefined;
}

/**
 * Stores a document in the database, in chunks of 1 MiB as it comes. The chunks of one that does not come to
 * its end are removed.
 */
export async function storeInDatabase(
  db: Kysely<Database>,
  limits: DocumentLimits,
  document: NewDocument,
  body: AsyncIterable<Uint8Array>,
): Promise<Stored> {
  const id = uuidv7();
  const { organizationId, name } = document;
  let small: Buffer | undefined = Buffer.alloc(0);
  let begun = false;
  try {
    const { size, sha256 } = await storeInChunks(body, {
      admit: (bytes) => requireSize(limits, bytes, name),
      async insert({ number, bytes }) {
        small = number === 0 && bytes.length <= SMALL_BYTES ? Buffer.from(bytes) : undefined;
        await requireQuota(db, limits, organizationId, bytes.length, name);
        begun = true;
        await insertChunk(db, { organizationId, documentId: id, number, bytes });
      },
    });
    await insertRow(db, document, { id, size, sha256 });
    return { id, size, sha256, small };
  } catch (error) {
    if (begun) await discardDocument(db, organizationId, id).catch(() => undefined);
    throw error;
  }
}

/** Stores a document in the bucket: the object first, its row then. */
export async function storeInBucket(
  db: Kysely<Database>,
  bucket: DocumentBucket,
  limits: DocumentLimits,
  document: NewDocument,
  body: AsyncIterable<Uint8Array>,
): Promise<Stored> {
  const id = uuidv7();
  const { organizationId, name } = document;
  const key = objectKey(bucket, organizationId, id);
  const digest = createHash('sha256');
  const small: Uint8Array[] = [];
  let size = 0;
  async function* counted() {
    let asked = 0;
    for await (const piece of body) {
      size += piece.length;
      requireSize(limits, size, name);
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
  return { id, size, sha256, small: size <= SMALL_BYTES ? Buffer.concat(small) : undefined };
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

function requireSize({ documentMaximumBytes }: DocumentLimits, bytes: number, name: string): void {
  if (bytes <= documentMaximumBytes) return;
  const most = documentMaximumBytes.toLocaleString('en');
  throw new HoldfastError('document_unsupported', `“${name}” is larger than a document may be: ${most} bytes.`, {
    remedy: 'Split it into smaller documents, or leave it out.',
  });
}

async function requireQuota(
  db: Kysely<Database>,
  { documentQuotaBytes }: DocumentLimits,
  organizationId: string,
  bytes: number,
  name: string,
): Promise<void> {
  if (await fitsDocumentQuota(db, organizationId, bytes, documentQuotaBytes)) return;
  const detail = `“${name}” does not fit into what the organization may keep of documents.`;
  throw new HoldfastError('document_quota_exceeded', detail);
}
