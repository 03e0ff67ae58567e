import { createHash } from 'node:crypto';
import { DOCUMENT_CHUNK_BYTES } from './insert-chunk.ts';

/** The first buffer of a document whose size nobody announced. */
const FIRST_BYTES = 64 * 1024;

export interface ChunkStorage {
  /** 0, the default, when nobody said it. */
  readonly expectedBytes?: number;
  /** Called with the size so far, before a chunk is stored; refuses the document by throwing. */
  admit(size: number): void | Promise<void>;
  /** Stores a chunk, numbered from 0. Its bytes hold until this resolves. */
  insert(chunk: { readonly number: number; readonly bytes: Buffer }): Promise<void>;
  /** Called with each piece of the body once its bytes were copied. */
  release?(piece: Uint8Array): void;
}

/**
 * Stores a document in chunks of 1 MiB as it comes, so that memory holds two or three of them whatever the
 * size. The next chunk arrives and is hashed while the former one is stored. Nothing is under way any more
 * when this rejects: the chunks that were stored are for the caller to remove.
 */
export async function storeInChunks(
  body: AsyncIterable<Uint8Array>,
  storage: ChunkStorage,
): Promise<{ readonly size: number; readonly sha256: Buffer }> {
  const hash = createHash('sha256');
  let size = 0;
  let number = 0;
  let storing: Promise<void> = Promise.resolve();
  try {
    for await (const bytes of inChunks(body, storage)) {
      size += bytes.length;
      await storage.admit(size);
      hash.update(bytes);
      await storing;
      storing = storage.insert({ number, bytes });
      // Met at the next chunk.
      storing.catch(() => undefined);
      number += 1;
    }
    await storing;
  } catch (error) {
    await storing.catch(() => undefined);
    throw error;
  }
  return { size, sha256: hash.digest() };
}

/**
 * The same bytes in pieces of exactly 1 MiB, the last one shorter; none for no bytes. Two buffers take turns:
 * a piece holds until the next but one is asked for.
 */
async function* inChunks(
  body: AsyncIterable<Uint8Array>,
  { expectedBytes = 0, release }: Pick<ChunkStorage, 'expectedBytes' | 'release'>,
): AsyncGenerator<Buffer> {
  const first = Math.min(expectedBytes > 0 ? expectedBytes : FIRST_BYTES, DOCUMENT_CHUNK_BYTES);
  let current: Buffer = Buffer.allocUnsafeSlow(first);
  let other: Buffer | undefined;
  let length = 0;
  for await (const piece of body) {
    let rest = piece;
    while (rest.length > 0) {
      if (length === current.length) current = grown(current, length + rest.length);
      const taken = Math.min(rest.length, current.length - length);
      current.set(rest.subarray(0, taken), length);
      rest = rest.subarray(taken);
      length += taken;
      if (length < DOCUMENT_CHUNK_BYTES) continue;
      yield current;
      // Only a second chunk needs a second buffer.
      [current, other] = [other ?? Buffer.allocUnsafeSlow(DOCUMENT_CHUNK_BYTES), current];
      length = 0;
    }
    release?.(piece);
  }
  if (length > 0) yield current.subarray(0, length);
}

function grown(buffer: Buffer, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * buffer.length, needed), DOCUMENT_CHUNK_BYTES));
  larger.set(buffer);
  return larger;
}
