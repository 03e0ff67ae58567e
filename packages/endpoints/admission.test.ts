import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmission } from './admission.ts';
import { createRateLimit } from './rate-limit.ts';

const BOUNDS = { slots: 4, perOrganization: 3, perPrincipal: 2, waitMilliseconds: 50, waitingPerOrganization: 10 };
const of = (organizationId: string, principal = `${organizationId} 1`) => ({ organizationId, principal });

test('a person and an organization hold no more than their part, and who waits too long is refused with the time to wait', async () => {
  const admission = createAdmission(BOUNDS);
  await admission.enter(of('a'));
  await admission.enter(of('a'));
  await assert.rejects(admission.enter(of('a')), (error: { code: string; extra: object }) => {
    assert.deepEqual([error.code, error.extra], ['rate_limited', { retryAfterSeconds: 1 }]);
    return true;
  });
  await admission.enter(of('a', 'a 2'));
  await assert.rejects(admission.enter(of('a', 'a 3')), { code: 'rate_limited' });
  await admission.enter(of('b'));
  await assert.rejects(admission.enter(of('b')), { code: 'rate_limited' });
});

test('a slot that is given back twice is one slot', async () => {
  const admission = createAdmission({ ...BOUNDS, slots: 1 });
  const release = await admission.enter(of('a'));
  release();
  release();
  await admission.enter(of('a'));
  await assert.rejects(admission.enter(of('b')), { code: 'rate_limited' });
});

test('freed slots go round the organizations that wait', async () => {
  const admission = createAdmission({ ...BOUNDS, slots: 1, waitMilliseconds: 5_000 });
  const served: string[] = [];
  const first = await admission.enter(of('first'));
  const wanted = [...'aaaaaabbc'].map(async (organization) => {
    const release = await admission.enter(of(organization));
    served.push(organization);
    setImmediate(release);
  });
  first();
  await Promise.all(wanted);
  assert.equal(served.join(''), 'abcabaaaa');
});

test('an organization that has too many waiting is refused at once', async () => {
  const admission = createAdmission({ ...BOUNDS, slots: 1, waitMilliseconds: 60_000, waitingPerOrganization: 2 });
  const release = await admission.enter(of('a'));
  const waiting = [admission.enter(of('a')), admission.enter(of('a'))];
  await assert.rejects(admission.enter(of('a')), { code: 'rate_limited' });
  release();
  for (const each of waiting) (await each)();
});

test('a rate lets a burst through, and then as many as it says', () => {
  let now = 0;
  const limit = createRateLimit(() => now);
  const rate = { perSecond: 2, burst: 4 };
  const take = () => limit.take('a', rate);
  for (let round = 0; round < 4; round++) take();
  assert.throws(take, { code: 'rate_limited', extra: { retryAfterSeconds: 1 } });
  limit.take('b', rate);
  now += 1_000;
  take();
  take();
  assert.throws(take, { code: 'rate_limited' });
  now += 60_000;
  for (let round = 0; round < 4; round++) take();
  assert.throws(take, { code: 'rate_limited' });
});
