import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfter } from './run-feeds.ts';

test('looking at a run that is watched takes a twentieth of the time at most, however many documents it has', () => {
  assert.deepEqual([1, 35, 100, 200].map(pauseAfter), [700, 700, 2_000, 4_000]);
  // A database that was slow once is not kept waiting for.
  assert.equal(pauseAfter(60_000), 5_000);
});
