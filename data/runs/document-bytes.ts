import { createHash, hash } from 'node:crypto';
import { type Database, inNaturalGroups } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import type { DocumentStore } from '../documents/document-store.ts';
import { inOnePiece, SMALL_BYTES } from '../documents/small-documents.ts';
import { leftOut } from '../sources/left-out.ts';
import { openInFolder, readSmallInFolder } from '../sources/open-in-folder.ts';
import type { WaitingItem } from './items.ts';

export interface DocumentBytes {
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** When the source says it better than its list did. */
  readonly contentType?: string;
  read(): AsyncIterable<Uint8Array>;
  /** Forgets a copy that was made to read it more than once. */
  discard?(): Promise<void>;
}

const READ_BYTES = 1024 * 1024;
/** Of small documents that are read in one statement. */
const SMALL_AT_ONCE = 16;

export type ReadSmallDocument = (document: { readonly organizationId: string; readonly documentId: string }) => Promise<Buffer>;

/** Uploaded documents of many runs, each in one chunk, are read together. */
export function createDocumentReader(db: Kysely<Database>): ReadSmallDocument {
  return inNaturalGroups(
    async (documents) => {
      const { rows } = await sql<{ place: number; bytes: Buffer }>`
      select asked.place, c.bytes from unnest(${documents.map(({ organizationId }) => organizationId)}::uuid[],
        ${documents.map(({ documentId }) => documentId)}::uuid[]) with ordinality as asked (organization_id, id, place)
      join document_chunk c on c.organization_id = asked.organization_id and c.document_id = asked.id and c.number = 0`.execute(db);
      const found = new Map(rows.map(({ place, bytes }) => [place, bytes]));
      return documents.map((_, index) => found.get(index + 1) ?? Buffer.alloc(0));
    },
    { maximum: SMALL_AT_ONCE },
  );
}

/**
 * The bytes of an item, from the database or from its folder, where they are read once before to know what
 * they are. Throws, also while they are read, HoldfastError `source_unavailable` for a file of the folder
 * that is gone or cannot be read.
 */
export async function documentBytes(
  documents: DocumentStore,
  readSmall: ReadSmallDocument,
  organizationId: string,
  item: WaitingItem,
  folder: string | undefined,
  signal: AbortSignal,
): Promise<DocumentBytes> {
  if (item.documentId !== null && item.sha256 !== undefined) {
    const { documentId, size, sha256 } = item;
    if (size > SMALL_BYTES) return { size, sha256, read: () => documents.read(organizationId, { id: documentId, size }) };
    const bytes = await smallBytes(documents, readSmall, organizationId, { id: documentId, size });
    return { size, sha256, read: () => inOnePiece(bytes) };
  }
  if (folder === undefined) throw new Error(`The item ${item.id} has neither a document nor a folder.`);
  const { name } = item;
  const small = await readSmallInFolder(folder, name, SMALL_BYTES);
  if (small !== undefined) return { size: small.length, sha256: hash('sha256', small), read: () => inOnePiece(small) };
  const read = () => readFile(folder, name);
  const digest = createHash('sha256');
  let size = 0;
  for await (const piece of read()) {
    signal.throwIfAborted();
    digest.update(piece);
    size += piece.length;
  }
  return { size, sha256: digest.digest('hex'), read };
}

/** It may lie in the bucket, or be moved there just now. */
async function smallBytes(
  documents: DocumentStore,
  readSmall: ReadSmallDocument,
  organizationId: string,
  document: { readonly id: string; readonly size: number },
): Promise<Buffer> {
  if (document.size === 0) return Buffer.alloc(0);
  const bytes = await readSmall({ organizationId, documentId: document.id });
  if (bytes.length === document.size) return bytes;
  const pieces: Uint8Array[] = [];
  for await (const piece of documents.read(organizationId, document)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* readFile(folder: string, name: string): AsyncGenerator<Uint8Array> {
  const file = await openInFolder(folder, name);
  try {
    yield* file.createReadStream({ highWaterMark: READ_BYTES });
  } catch (error) {
    throw leftOut(name, error);
  }
}
