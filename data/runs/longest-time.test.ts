import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { drippingService } from '../testing/dripping-service.ts';
import { type TestInstance, testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { recordingService } from '../testing/recording-service.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';

const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

async function hangingRun(instance: TestInstance, servicePort: number): Promise<string> {
  await using recording = await recordingService();
  const organization = await testOrganization(instance);
  const store = recording.connectionString.replaceAll(`:${recording.port}`, `:${servicePort}`);
  const secret = await testSecret(instance, organization, 'STORE', store);
  const componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  return startTestRun(instance, organization, [componentId], DOCUMENT);
}

async function assertTooLong(instance: TestInstance, runId: string, inWords: string): Promise<void> {
  const { status, failure } = await finishedRun(instance, runId, 60_000);
  assert.deepEqual([status, failure?.code], ['failed', 'run_too_long']);
  assert.ok(failure?.detail.includes(inWords) && failure.remedy.includes('HOLDFAST_RUN_MAXIMUM_HOURS'), JSON.stringify(failure));
  assert.deepEqual(
    (await itemsOf(instance, runId)).map((item) => item.status),
    ['waiting'],
  );
  assert.match((await logOf(instance, runId)).at(-1) ?? '', /^error: The run failed: .*took longer than/);
}

describe('a run that takes longer than a run may', { concurrency: false }, () => {
  it('ends by itself when a service goes on answering without an end, and its document waits', async () => {
    const hours = 2 / 3_600;
    await using slow = await drippingService();
    await using instance = await testInstance({ runMaximumHours: hours });
    const runId = await hangingRun(instance, slow.port);
    await eventually('the run to be under way', async () => slow.open() > 0);
    await assertTooLong(instance, runId, `${hours} hours`);
    await eventually('the connection to be closed', async () => slow.open() === 0);
    const recorded = await sql<{ body: string }>`select body from audit_event where body like '%run.finish%'`.execute(instance.owner);
    assert.deepEqual(
      recorded.rows.map(({ body }) => [JSON.parse(body).outcome, JSON.parse(body).detail.code]),
      [['failed', 'run_too_long']],
    );
  });

  it('ends when it is taken up again after the process that had it has died', async () => {
    await using slow = await drippingService();
    await using instance = await testInstance();
    const runId = await hangingRun(instance, slow.port);
    await eventually('the run to be under way', async () => slow.open() > 0);
    await instance.plane.close();
    // As a process leaves it that is killed, which holds no lock any more.
    await sql`update run set status = 'running', started_at = now() - interval '25 hours' where id = ${runId}`.execute(instance.owner);
    await instance.restart();
    await assertTooLong(instance, runId, '24 hours');
  });

  it('has as long again when it is taken up after that', async () => {
    await using slow = await drippingService();
    await using instance = await testInstance();
    const runId = await hangingRun(instance, slow.port);
    await eventually('the run to be under way', async () => slow.open() > 0);
    await instance.plane.close();
    await sql`update run set started_at = now() - interval '25 hours' where id = ${runId}`.execute(instance.owner);
    await instance.restart();
    await assertTooLong(instance, runId, '24 hours');
    const { rows } = await sql<{ again: number }>`
      select retry_run(organization_id, id, null, false, started_by) as again from run where id = ${runId}`.execute(instance.control);
    assert.equal(rows[0]?.again, 1);
    await eventually('the run to be under way again', async () => slow.open() > 0);
    const { status } = await instance.control.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow();
    assert.equal(status, 'running');
  });
});
