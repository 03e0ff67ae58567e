import { createHash } from 'node:crypto';
import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { readUploaded } from '../documents/uploaded.ts';
import { leftOut } from '../sources/left-out.ts';
import { openInFolder } from '../sources/open-in-folder.ts';
import type { WaitingItem } from './items.ts';

export interface DocumentBytes {
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  read(): AsyncIterable<Uint8Array>;
}

const READ_BYTES = 1024 * 1024;

/**
 * The bytes of an item, from the database or from its folder, where they are read once before to know what they are. Throws, also while
 * they are read, HoldfastError `source_unavailable` for a file of the folder that is gone or cannot be read.
 */
export async function documentBytes(
  db: Kysely<Database>,
  organizationId: string,
  item: WaitingItem,
  folder: string | undefined,
  signal: AbortSignal,
): Promise<DocumentBytes> {
  if (item.documentId !== null && item.sha256 !== undefined) {
    const { documentId, size, sha256 } = item;
    return { size, sha256, read: () => readUploaded(db, organizationId, documentId) };
  }
  if (folder === undefined) throw new Error(`The item ${item.id} has neither a document nor a folder.`);
  const read = () => readFile(folder, item.name);
  const digest = createHash('sha256');
  let size = 0;
  for await (const piece of read()) {
    signal.throwIfAborted();
    digest.update(piece);
    size += piece.length;
  }
  return { size, sha256: digest.digest('hex'), read };
}

async function* readFile(folder: string, name: string): AsyncGenerator<Uint8Array> {
  const file = await openInFolder(folder, name);
  try {
    yield* file.createReadStream({ highWaterMark: READ_BYTES });
  } catch (error) {
    throw leftOut(name, error);
  }
}
