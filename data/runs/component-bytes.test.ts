import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectorError } from '@holdfast/connector';
import { componentBytes } from './component-bytes.ts';

/** A document of a source that says one size and gives another number of bytes. */
function readOf(bytes: string, size: number) {
  const connector = { role: 'connector', read: async () => ({ size, body: [Buffer.from(bytes)] }) };
  const source = { use: { connector, options: {}, contextFor: () => ({}) } };
  const reading = { documents: {}, run: {}, source, signal: new AbortController().signal };
  const item = { id: 'i', name: 'a.txt', reference: 'a.txt', contentType: 'text/plain' };
  return componentBytes(
    reading as unknown as Parameters<typeof componentBytes>[0],
    item as unknown as Parameters<typeof componentBytes>[1],
  );
}

test('a document that comes shorter or longer than its source said is not taken, and is worth another attempt', async () => {
  assert.equal((await readOf('three', 5)).size, 5);
  for (const bytes of ['four', 'longer']) {
    await assert.rejects(readOf(bytes, 5), (error: ConnectorError) => {
      assert.equal(error.message, `“a.txt” came with ${bytes.length} bytes in place of 5.`);
      assert.deepEqual([error.code, error.retryable], ['upstream_refused', true]);
      assert.match(error.remedy ?? '', /^Start the run again/);
      return true;
    });
  }
});
