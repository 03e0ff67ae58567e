import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRepeatFold, type Repeats } from './repeat-fold.ts';

function recording() {
  const recorded: [string, number | undefined][] = [];
  const times: Repeats[] = [];
  const outage = { failing: false };
  const record = (key: string) => async (repeats: Repeats | undefined) => {
    if (outage.failing) throw new Error('The database is away.');
    recorded.push([key, repeats?.repeated]);
    if (repeats !== undefined) times.push(repeats);
  };
  return { recorded, times, outage, record };
}

/** The fold's timer alone does not keep a process alive. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !holds() && Date.now() < end; ) await sleep(10);
  assert.ok(holds());
}

test('the first is recorded at once, and the same ones in the window as one event with number, first and last time', async () => {
  const fold = createRepeatFold({ windowMilliseconds: 100 });
  const { recorded, times, record } = recording();
  for (const key of ['a', 'b', 'a', 'a']) await fold.note(key, record(key));
  assert.deepEqual(recorded, [
    ['a', undefined],
    ['b', undefined],
  ]);
  await until(() => recorded.length === 3);
  assert.deepEqual(recorded[2], ['a', 2]);
  assert.ok(times[0] !== undefined && times[0].firstAt <= times[0].lastAt);
  for (let round = 0; round < 2; round++) await fold.note('a', record('a'));
  assert.equal(await fold.close(), 0);
  assert.deepEqual(recorded.slice(3), [
    ['a', undefined],
    ['a', 1],
  ]);
});

test('what could not be recorded when its window ended is counted on, and recorded later', async () => {
  const fold = createRepeatFold({ windowMilliseconds: 50 });
  const { recorded, outage, record } = recording();
  for (let round = 0; round < 4; round++) await fold.note('a', record('a'));
  outage.failing = true;
  await sleep(150);
  await fold.note('a', record('a'));
  outage.failing = false;
  await fold.close();
  assert.deepEqual(recorded, [
    ['a', undefined],
    ['a', 4],
  ]);
});

test('a first one that cannot be recorded says so, and the next one is the first', async () => {
  const fold = createRepeatFold();
  const { recorded, outage, record } = recording();
  outage.failing = true;
  await assert.rejects(fold.note('a', record('a')));
  outage.failing = false;
  await fold.note('a', record('a'));
  await fold.close();
  assert.deepEqual(recorded, [['a', undefined]]);
});

test('what is lost because it cannot be recorded at the end is reported', async () => {
  const fold = createRepeatFold();
  const { outage, record } = recording();
  for (let round = 0; round < 4; round++) await fold.note('a', record('a'));
  outage.failing = true;
  assert.equal(await fold.close(), 3);
});
