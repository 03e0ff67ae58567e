import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { DOCUMENT_CHUNK_BYTES } from './insert-chunk.ts';
import { type ChunkStorage, storeInChunks } from './store-in-chunks.ts';

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

/** Keeps copies, as a database does: buffers are used again. */
function keeping(more: Partial<ChunkStorage> = {}): { readonly chunks: Buffer[]; readonly storage: ChunkStorage } {
  const chunks: Buffer[] = [];
  const insert: ChunkStorage['insert'] = async ({ number, bytes }) => {
    assert.equal(number, chunks.length);
    await new Promise((resolve) => setImmediate(resolve));
    chunks.push(Buffer.from(bytes));
  };
  return { chunks, storage: { admit: () => undefined, insert, ...more } };
}

const SIZES = [0, 1, 70_000, DOCUMENT_CHUNK_BYTES - 1, DOCUMENT_CHUNK_BYTES, DOCUMENT_CHUNK_BYTES + 1, 3 * DOCUMENT_CHUNK_BYTES + 5];

for (const size of SIZES) {
  test(`a document of ${size} bytes is stored in full chunks and a rest, whatever was announced`, async () => {
    const bytes = randomBytes(size);
    for (const expectedBytes of [0, size, 10, 2 * size]) {
      const { chunks, storage } = keeping({ expectedBytes });
      const stored = await storeInChunks(inPieces(bytes, 60_001), storage);
      assert.deepEqual([stored.size, stored.sha256.equals(createHash('sha256').update(bytes).digest())], [size, true]);
      assert.ok(Buffer.concat(chunks).equals(bytes));
      for (const chunk of chunks.slice(0, -1)) assert.equal(chunk.length, DOCUMENT_CHUNK_BYTES);
      assert.equal(chunks.length, Math.ceil(size / DOCUMENT_CHUNK_BYTES));
    }
  });
}

test('one chunk at a time is stored, and a refusal waits for the one that is under way', async () => {
  let underWay = 0;
  const inserted: number[] = [];
  const { storage } = keeping({
    admit(size) {
      if (size > 2 * DOCUMENT_CHUNK_BYTES) throw new Error('too large');
    },
    async insert({ number }) {
      underWay += 1;
      assert.equal(underWay, 1);
      await new Promise((resolve) => setImmediate(resolve));
      inserted.push(number);
      underWay -= 1;
    },
  });
  await assert.rejects(storeInChunks(inPieces(randomBytes(4 * DOCUMENT_CHUNK_BYTES), 500_000), storage), /too large/);
  assert.deepEqual([underWay, inserted], [0, [0, 1]]);
});

test('a chunk that cannot be stored fails the document, also when it is the last one', async () => {
  for (const size of [10, 3 * DOCUMENT_CHUNK_BYTES]) {
    const { storage } = keeping({ insert: () => Promise.reject(new Error('the database is away')) });
    await assert.rejects(storeInChunks(inPieces(randomBytes(size), 100_000), storage), /the database is away/);
  }
});

test('every piece of the body is given back when its bytes were copied', async () => {
  const given: Uint8Array[] = [];
  const { chunks, storage } = keeping({
    release(piece) {
      given.push(piece);
      piece.fill(0);
    },
  });
  const bytes = randomBytes(DOCUMENT_CHUNK_BYTES + 100_000);
  const before = Buffer.from(bytes);
  await storeInChunks(inPieces(bytes, 300_000), storage);
  assert.equal(given.length, Math.ceil(bytes.length / 300_000));
  assert.ok(Buffer.concat(chunks).equals(before));
});
