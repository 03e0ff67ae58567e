import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditFact } from '@holdfast/db';
import { setUpInstance, signIn, testInstance } from '../../testing/instance.ts';

test('sign-ins that are refused again and again are two events, however many they are', async () => {
  const instance = await testInstance();
  try {
    await setUpInstance(instance);
    for (let round = 0; round < 4; round++) await signIn(instance, 'ada@example.com', 'not the password').catch(() => undefined);
    await instance.plane.close();
    const events = await instance.db
      .selectFrom('audit_event')
      .select('body')
      .where(auditFact('action'), '=', 'session.sign-in')
      .where(auditFact('outcome'), '=', 'refused')
      .orderBy('sequence')
      .execute();
    const [first, second, ...others] = events.map(({ body }) => JSON.parse(body).detail);
    assert.deepEqual([first, second.repeated, others], [undefined, 3, []]);
    assert.ok(second.firstAt <= second.lastAt);
  } finally {
    await Promise.resolve(instance[Symbol.asyncDispose]()).catch(() => undefined);
  }
});
