import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseBeforeRestart } from './restart-pause.ts';

test('a plane that had been ready is started again at once, however often it was killed', () => {
  assert.equal(pauseBeforeRestart(0), 0);
});

test('one that ends before it is ready is tried each second for half a minute, then every five', () => {
  const pauses = Array.from({ length: 40 }, (_, index) => pauseBeforeRestart(index + 1));
  assert.deepEqual(pauses.slice(0, 4), [250, 500, 1_000, 1_000]);
  assert.equal(Math.max(...pauses.slice(0, 30)), 1_000);
  assert.equal(pauses.at(-1), 5_000);
});
