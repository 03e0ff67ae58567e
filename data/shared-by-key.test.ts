import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedByKey } from './shared-by-key.ts';

test('a shared reading begins after it was asked for', async () => {
  let value = 1;
  let readings = 0;
  const read = sharedByKey(async () => {
    readings += 1;
    const seen = value;
    await sleep(20);
    return seen;
  });
  const early = read('a');
  value = 2;
  assert.deepEqual(await Promise.all([early, read('a'), read('a')]), [1, 2, 2]);
  assert.equal(readings, 2);
});
