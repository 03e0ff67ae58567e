import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testComponent, testInstance, testOrganization, testSecret } from '../../testing/instance.ts';
import { recordingService } from '../../testing/recording-service.ts';
import { finishedRun, startTestRun } from '../../testing/runs.ts';

const HOUR = 3_600_000;

test('a secret that had expired is used no more, although the clock was set back and the plane started again', async () => {
  await using instance = await testInstance();
  await using service = await recordingService();
  const organization = await testOrganization(instance);
  const latestIs = (latest: Date) => instance.owner.updateTable('clock').set({ latest }).execute();
  const expiresAt = new Date(Date.now() + HOUR);
  const secret = await testSecret(instance, organization, 'SOON', service.connectionString, { expiresAt });
  const componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  const run = async () =>
    finishedRun(instance, await startTestRun(instance, organization, [componentId], [{ name: 'a', bytes: Buffer.from('1') }]));
  assert.equal((await run()).status, 'succeeded');

  // What is left of a clock that was two hours ahead.
  await latestIs(new Date(Date.now() + 2 * HOUR));
  await instance.plane.close();
  await instance.restart();
  service.requests.length = 0;
  const refused = await run();
  assert.equal((refused.failure as unknown as { code: string }).code, 'secret_expired');
  assert.deepEqual(service.requests, []);
});

test('what decides about a secret stores the time that it decided by', async () => {
  await using instance = await testInstance();
  await using service = await recordingService();
  const organization = await testOrganization(instance);
  const secret = await testSecret(instance, organization, 'GONE', service.connectionString, { expiresAt: new Date(Date.now() - HOUR) });
  const componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  await instance.owner
    .updateTable('clock')
    .set({ latest: new Date(Date.now() - 24 * HOUR) })
    .execute();
  // A time that the plane read within a second is stored already, as far as the plane knows.
  await sleep(1_100);
  await finishedRun(instance, await startTestRun(instance, organization, [componentId], [{ name: 'a', bytes: Buffer.from('1') }]));
  const { latest } = await instance.owner.selectFrom('clock').select('latest').executeTakeFirstOrThrow();
  assert.ok(Date.now() - latest.getTime() < HOUR);
});
