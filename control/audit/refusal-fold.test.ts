import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setUpInstance, signIn, testInstance } from '../testing/instance.ts';
import { createRefusalFold } from './refusal-fold.ts';

test('the first refusal is recorded at once, and the same ones in the window as one event with their number', async () => {
  const fold = createRefusalFold(50);
  const recorded: (string | number | undefined)[] = [];
  const note = (key: string) =>
    fold.note(key, async (repeated) => {
      recorded.push(key, repeated);
    });
  for (const key of ['a', 'b', 'a', 'a']) await note(key);
  assert.deepEqual(recorded, ['a', undefined, 'b', undefined]);
  // The timer alone does not keep a process alive.
  for (const until = Date.now() + 5_000; recorded.length < 6 && Date.now() < until; ) await sleep(10);
  assert.deepEqual(recorded.slice(4), ['a', 2]);
  await note('a');
  await note('a');
  await fold.close();
  assert.deepEqual(recorded.slice(6), ['a', undefined, 'a', 1]);
});

test('sign-ins that are refused again and again are two events, however many they are', async () => {
  const instance = await testInstance();
  try {
    await setUpInstance(instance);
    for (let round = 0; round < 4; round++) await signIn(instance, 'ada@example.com', 'not the password').catch(() => undefined);
    await instance.plane.close();
    const events = await instance.db
      .selectFrom('audit_event')
      .select('body')
      .where('action', '=', 'session.sign-in')
      .where('outcome', '=', 'refused')
      .orderBy('sequence')
      .execute();
    const details = events.map(({ body }) => JSON.parse(body).detail ?? {});
    assert.deepEqual(details, [{}, { repeated: 3 }]);
  } finally {
    await Promise.resolve(instance[Symbol.asyncDispose]()).catch(() => undefined);
  }
});
