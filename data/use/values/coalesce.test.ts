import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce, coalesceByConnection } from './coalesce.ts';

test('what is asked for while a look-up is under way leaves together when it has landed', async () => {
  const groups: (readonly number[])[] = [];
  const landed: (() => void)[] = [];
  const find = coalesce<number, string>(async (keys) => {
    groups.push(keys);
    await new Promise<void>((resolve) => landed.push(resolve));
    return keys.map((key) => `found ${key}`);
  });
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
  const find = coalesce<string, number>(async (keys) => keys.map(() => value));
  assert.equal(await find('key'), 1);
  value = 2;
  assert.equal(await find('key'), 2);
});

test('a key that fails fails alone, and the next look-ups go on', async () => {
  const find = coalesce<string, string>(async (keys) => {
    if (keys.includes('bad')) throw new Error('not an id');
    return keys;
  });
  const results = await Promise.allSettled([find('good'), find('bad'), find('other')]);
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
    ['good', 'Error: not an id', 'other'],
  );
  assert.equal(await find('later'), 'later');
});

test('look-ups of one connection share a statement, and never one with another connection', async () => {
  const statements: { db: object; keys: readonly number[] }[] = [];
  const find = coalesceByConnection<object, number, object>(async (db, keys) => {
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
