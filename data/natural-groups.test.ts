import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inNaturalGroups, sharedByKey } from './natural-groups.ts';

test('what is asked for while a group is under way leaves in the next one, one at a time', async () => {
  const groups: number[][] = [];
  let underWay = 0;
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const double = inNaturalGroups(async (numbers: readonly number[]) => {
    underWay += 1;
    assert.equal(underWay, 1);
    groups.push([...numbers]);
    begin();
    await over;
    underWay -= 1;
    return numbers.map((number) => number * 2);
  });
  const first = [double(1), double(2)];
  await begun;
  const second = [double(3), double(4)];
  end();
  assert.deepEqual(await Promise.all([...first, ...second]), [2, 4, 6, 8]);
  assert.deepEqual(groups, [
    [1, 2],
    [3, 4],
  ]);
});

test('an error that one row causes meets its own caller, and any other all callers of the group', async () => {
  const insert = inNaturalGroups(async (rows: readonly string[]) => {
    if (rows.includes('bad')) throw Object.assign(new Error('invalid input'), { code: '22P05' });
    if (rows.includes('lost')) throw Object.assign(new Error('no connection'), { code: '08006' });
    return rows;
  });
  const statuses = async (rows: string[]) => (await Promise.allSettled(rows.map(insert))).map(({ status }) => status);
  assert.deepEqual(await statuses(['good', 'bad', 'fine']), ['fulfilled', 'rejected', 'fulfilled']);
  assert.deepEqual(await statuses(['good', 'lost', 'fine']), ['rejected', 'rejected', 'rejected']);
});

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
