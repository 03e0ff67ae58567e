import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inNaturalGroups, inNaturalGroupsByConnection } from './natural-groups.ts';

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

const ALONE = { maximum: 64, gather: 'microtask', failure: 'alone' } as const;

test('no more than the maximum leave together, and those of one callback leave before its turn ends', async () => {
  const groups: (readonly number[])[] = [];
  const landed: (() => void)[] = [];
  const find = inNaturalGroups<number, string>(async (keys) => {
    groups.push(keys);
    await new Promise<void>((resolve) => landed.push(resolve));
    return keys.map((key) => `found ${key}`);
  }, ALONE);
  const first = find(0);
  await Promise.resolve();
  const others = Array.from({ length: 100 }, (_, number) => find(number + 1));
  assert.deepEqual(groups, [[0]]);
  for (let number = 0; number < 3; number++) {
    landed.shift()?.();
    await new Promise(setImmediate);
  }
  assert.equal(await first, 'found 0');
  assert.deepEqual(
    await Promise.all(others),
    Array.from({ length: 100 }, (_, number) => `found ${number + 1}`),
  );
  assert.deepEqual(
    groups.map(({ length }) => length),
    [1, 64, 36],
  );
});

test('nothing is kept: each look-up begins after it was asked for', async () => {
  let value = 1;
  const find = inNaturalGroups<string, number>(async (keys) => keys.map(() => value), ALONE);
  assert.equal(await find('key'), 1);
  value = 2;
  assert.equal(await find('key'), 2);
});

test('a key that fails fails alone, and the next look-ups go on', async () => {
  const find = inNaturalGroups<string, string>(async (keys) => {
    if (keys.includes('bad')) throw new Error('not an id');
    return keys;
  }, ALONE);
  const results = await Promise.allSettled([find('good'), find('bad'), find('other')]);
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
    ['good', 'Error: not an id', 'other'],
  );
  assert.equal(await find('later'), 'later');
});

test('look-ups of one connection share a statement, and never one with another connection', async () => {
  const statements: { db: object; keys: readonly number[] }[] = [];
  const find = inNaturalGroupsByConnection<object, number, object>(async (db, keys) => {
    statements.push({ db, keys });
    return keys.map(() => db);
  });
  const [one, other] = [{}, {}];
  assert.deepEqual(await Promise.all([find(one, 1), find(other, 2), find(one, 3)]), [one, other, one]);
  assert.deepEqual(
    statements.map(({ keys }) => keys),
    [[1, 3], [2]],
  );
  assert.ok(statements[0]?.db === one && statements[1]?.db === other);
});

test('a failure that is to meet all fails those that wait for the next group, and what is asked for later is done', async () => {
  const asked: (readonly string[])[] = [];
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const find = inNaturalGroups<string, string>(
    async (keys) => {
      asked.push(keys);
      begin();
      await over;
      if (keys.includes('lost')) throw new Error('no connection');
      return keys;
    },
    { failure: 'all' },
  );
  const first = find('lost');
  await begun;
  const waiting = [find('b'), find('c')];
  end();
  const results = await Promise.allSettled([first, ...waiting]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  assert.equal(await find('later'), 'later');
  assert.deepEqual(asked, [['lost'], ['later']]);
});
