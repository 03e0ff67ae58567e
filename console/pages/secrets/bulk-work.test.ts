import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBulk } from './bulk-work.ts';

const items = Array.from({ length: 20 }, (_, number) => ({ name: `S${number}` }));
const quiet = { onProgress: () => undefined, reasonOf: (error: unknown) => (error as Error).message };

test('one that fails keeps none of the others from being done, and is named', async () => {
  const seen: string[] = [];
  const work = async ({ name }: { name: string }) => {
    if (name === 'S3') throw new Error('In use.');
    seen.push(name);
  };
  const outcome = await runBulk(items, work, { ...quiet, signal: new AbortController().signal });
  assert.deepEqual(outcome, { done: 19, failed: [{ name: 'S3', reason: 'In use.' }] });
  assert.equal(new Set(seen).size, 19);
});

test('nothing is begun after it was stopped', async () => {
  const stop = new AbortController();
  let begun = 0;
  const work = async () => {
    begun += 1;
    if (begun === 4) stop.abort();
  };
  const { done } = await runBulk(items, work, { ...quiet, signal: stop.signal });
  assert.ok(done < 10, `${done}`);
});
