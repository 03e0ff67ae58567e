import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { HoldfastError } from '@holdfast/api';
import { readWhole } from './read-whole.ts';

const refusedAs = (code: string) => (error: unknown) => error instanceof HoldfastError && error.code === code;

test('a body is read as a whole, up to its size and in its time', async () => {
  const limits = { maximumBytes: 10, milliseconds: 60_000 };
  assert.equal(String(await readWhole(Readable.from([Buffer.from('ab'), Buffer.from('c')]), '3', limits)), 'abc');
  assert.equal((await readWhole(undefined, undefined, limits)).length, 0);
  await assert.rejects(readWhole(Readable.from([Buffer.alloc(6), Buffer.alloc(5)]), undefined, limits), refusedAs('payload_too_large'));
  await assert.rejects(readWhole(new PassThrough(), '11', limits), refusedAs('payload_too_large'));
});

test('a body that trickles in is not waited for, however steadily it comes', async () => {
  const trickling = new PassThrough();
  const drops = setInterval(() => trickling.write('x'), 5);
  try {
    await assert.rejects(readWhole(trickling, undefined, { maximumBytes: 1_000_000, milliseconds: 100 }), refusedAs('request_timeout'));
    assert.ok(trickling.destroyed);
  } finally {
    clearInterval(drops);
  }
});
