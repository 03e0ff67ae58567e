import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBulk } from './bulk-work.ts';

const items = Array.from({ length: 20 }, (_, number) => ({ name: `S${number}` }));
class Pause extends Error {}
const quiet = {
  onProgress: () => undefined,
  reasonOf: (error: unknown) => (error as Error).message,
  isPause: (error: unknown) => error instanceof Pause,
  wait: async () => {},
};

test('one that fails keeps none of the others from being done, and is named', async () => {
  const seen: string[] = [];
  const work = async ({ name }: { name: string }) => {
    if (name === 'S3') throw new Error('In use.');
    seen.push(name);
  };
  const outcome = await runBulk(items, work, { ...quiet, stop: new AbortController().signal });
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
  const { done } = await runBulk(items, work, { ...quiet, stop: stop.signal });
  assert.ok(done < 10, `${done}`);
});

test('one that the server asked a pause for is done after it, and is no failure', async () => {
  const attempts = new Map<string, number>();
  const pauses: number[] = [];
  const work = async ({ name }: { name: string }) => {
    attempts.set(name, (attempts.get(name) ?? 0) + 1);
    if (name === 'S3' && attempts.get(name) !== 3) throw new Pause('Too many requests.');
  };
  const wait = async (milliseconds: number) => void pauses.push(milliseconds);
  const outcome = await runBulk(items, work, { ...quiet, wait, stop: new AbortController().signal });
  assert.deepEqual(outcome, { done: 20, failed: [] });
  assert.deepEqual([attempts.get('S3'), pauses], [3, [1_000, 2_000]]);
});

test('one that was stopped in a pause is not tried again, and counts with those that were not begun', async () => {
  const stop = new AbortController();
  let begun = 0;
  const work = async () => {
    begun += 1;
    throw new Pause('Too many requests.');
  };
  const wait = async () => stop.abort();
  const outcome = await runBulk(items, work, { ...quiet, wait, stop: stop.signal });
  assert.deepEqual([outcome, begun], [{ done: 0, failed: [] }, 3]);
});
