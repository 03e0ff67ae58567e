import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../../tests/harness/eventually.ts';
import { type DataPlane, startDataPlane } from '../app.ts';
import { drippingService } from '../testing/dripping-service.ts';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { recordingService } from '../testing/recording-service.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';
import type { ActiveRun } from './execute-run.ts';
import { runsInShares, runToYield } from './fair-share.ts';
import { createStopRequest } from './stop-request.ts';

const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

const statusOf = async ({ control }: TestInstance, runId: string) =>
  (await control.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow()).status;

async function publisherTo(instance: TestInstance, organization: TestOrganization, connectionString: string): Promise<string> {
  const secret = await testSecret(instance, organization, 'STORE', connectionString);
  return testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
}

const cancel = ({ control }: TestInstance, runId: string) =>
  control.updateTable('run').set({ cancel_requested: true }).where('id', '=', runId).execute();

describe('slots, when one organization’s runs meet an upstream that drips', { concurrency: false }, () => {
  let instance: TestInstance;
  let slow: Awaited<ReturnType<typeof drippingService>>;
  let fast: Awaited<ReturnType<typeof recordingService>>;
  let greedy: { organization: TestOrganization; componentId: string };
  const others: { organization: TestOrganization; componentId: string }[] = [];
  before(async () => {
    [instance, slow, fast] = await Promise.all([testInstance(), drippingService(), recordingService()]);
    const dripping = fast.connectionString.replaceAll(`:${fast.port}`, `:${slow.port}`);
    const make = async (value: string) => {
      const organization = await testOrganization(instance);
      return { organization, componentId: await publisherTo(instance, organization, value) };
    };
    greedy = await make(dripping);
    for (let number = 0; number < 3; number++) others.push(await make(fast.connectionString));
  });
  after(async () => {
    await slow?.[Symbol.asyncDispose]();
    await instance?.[Symbol.asyncDispose]();
    await fast?.[Symbol.asyncDispose]();
  });

  const start = ({ organization, componentId }: typeof greedy) => startTestRun(instance, organization, [componentId], DOCUMENT);
  const running = async () =>
    (
      await instance.control
        .selectFrom('run')
        .select('id')
        .where('organization_id', '=', greedy.organization.id)
        .where('status', '=', 'running')
        .execute()
    ).length;

  it('another organization gets one within seconds, and another and another', async () => {
    const taking = await Promise.all(Array.from({ length: 12 }, () => start(greedy)));
    await eventually('every slot to be taken', async () => (await running()) === 4 && slow.open() >= 4);
    for (const other of others) {
      const runId = await start(other);
      assert.equal((await finishedRun(instance, runId, 20_000)).status, 'succeeded');
    }
    // The slot is used again when nobody else waits.
    await eventually('every slot to be taken again', async () => (await running()) === 4);
    const yielded = (await Promise.all(taking.map((runId) => logOf(instance, runId)))).flat();
    assert.ok(yielded.some((line) => line.includes('so that another organization gets a turn')));
  });

  it('cancelling ends what is under way within a second, and what waits as well', async () => {
    const rows = await instance.control
      .selectFrom('run')
      .select(['id', 'status'])
      .where('organization_id', '=', greedy.organization.id)
      .where('status', 'in', ['queued', 'running'])
      .execute();
    const chosen = [...rows.filter(({ status }) => status === 'queued').slice(0, 2), ...rows.filter(({ status }) => status === 'running')];
    for (const { id } of chosen) {
      if (!['queued', 'running'].includes(await statusOf(instance, id))) continue;
      const asked = performance.now();
      await cancel(instance, id);
      assert.equal((await finishedRun(instance, id, 5_000)).status, 'cancelled');
      assert.ok(performance.now() - asked < 3_000, `${performance.now() - asked} ms`);
      assert.deepEqual(
        (await itemsOf(instance, id)).map(({ status }) => status),
        ['waiting'],
      );
    }
  });

  it('stopping the process ends what is under way, and the runs wait for another', async () => {
    await eventually('a run to be under way', async () => slow.open() > 0);
    const asked = performance.now();
    await instance.plane.close();
    assert.ok(performance.now() - asked < 6_000, `${performance.now() - asked} ms`);
    assert.equal(slow.open(), 0);
    assert.equal(await running(), 0);
    await instance.restart();
  });

  it('are shared fairly between organizations over two processes as well', async () => {
    const second: DataPlane = await startDataPlane({ ...instance.settings, recordFolder: `${instance.settings.recordFolder}-2` });
    try {
      for (let number = 0; number < 12; number++) await start(greedy);
      await eventually('every slot of both to be taken', async () => (await running()) === 8);
      const runs = await Promise.all(others.map(start));
      for (const runId of runs) assert.equal((await finishedRun(instance, runId, 20_000)).status, 'succeeded');
    } finally {
      await second.close();
    }
  });
});

describe('which run gives its slot up', () => {
  let number = 0;
  const run = (organizationId: string, since: number): ActiveRun => ({
    organizationId,
    runId: String(++number),
    since,
    stop: createStopRequest(),
  });
  const slots = (entries: Record<string, number>) => new Map(Object.entries(entries));

  it('none when nobody waits', () => {
    assert.equal(runToYield([run('a', 0), run('a', 1)], { fewestOfWaiting: undefined, slots: slots({ a: 2 }) }, 1e9), undefined);
  });

  it('the youngest of the organization with the most, as long as that brings the two closer', () => {
    const working = [run('a', 1), run('a', 3), run('a', 2), run('b', 4)];
    const choice = runToYield(working, { fewestOfWaiting: 0, slots: slots({ a: 3, b: 1 }) }, 10);
    assert.equal(choice?.run, working[1]);
    assert.equal(runToYield(working, { fewestOfWaiting: 2, slots: slots({ a: 3, b: 1 }) }, 10), undefined);
  });

  it('the one that has had its slot the longest, after five minutes, when there are more organizations than slots', () => {
    const working = [run('a', 200_000), run('b', 0)];
    const occupancy = { fewestOfWaiting: 0, slots: slots({ a: 1, b: 1 }) };
    assert.equal(runToYield(working, occupancy, 299_000), undefined);
    const choice = runToYield(working, occupancy, 301_000);
    assert.equal(choice?.run, working[1]);
    assert.equal(choice?.graceMilliseconds, Number.POSITIVE_INFINITY);
  });

  it('another at once, while the one that was asked first may still be long with its document', () => {
    const working = [run('a', 1), run('b', 400_000), run('b', 500_000)];
    const occupancy = { fewestOfWaiting: 0, slots: slots({ a: 1, b: 1 }) };
    working[0]?.stop.ask('yielded', Number.POSITIVE_INFINITY);
    assert.equal(runToYield(working, occupancy, 1e9), undefined, 'No other is asked to go after its document.');
    const choice = runToYield(working, { fewestOfWaiting: 0, slots: slots({ a: 1, b: 2 }) }, 1e9);
    assert.equal(choice?.run, working[2]);
    assert.ok(Number.isFinite(choice?.graceMilliseconds));
  });

  it('another after ten minutes, when the one that was asked first hangs', () => {
    const active = [run('a', 1), run('b', 2)];
    const occupancy = { fewestOfWaiting: 0, slots: slots({ a: 1, b: 1 }) };
    const choose = (now: number) => runToYield(runsInShares(active, now), occupancy, now)?.run;
    const first = choose(400_000);
    assert.equal(first, active[0]);
    first?.stop.ask('yielded', Number.POSITIVE_INFINITY);
    assert.equal(choose(401_000), undefined);
    assert.equal(choose(1_001_000), undefined);
    assert.equal(choose(1_001_001), active[1]);
  });
});
