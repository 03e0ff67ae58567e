import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../tests/harness/eventually.ts';
import { readDataSettings } from './config.ts';
import { testComponent, testInstance, testOrganization, testSecret } from './testing/instance.ts';
import { recordingService } from './testing/recording-service.ts';
import { finishedRun, startTestRun } from './testing/runs.ts';

const VALUE_OF = (text: string, series: string) => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

test('uses, refusals, runs, the queue, the record and connections are counted, without a name of anybody', async () => {
  await using instance = await testInstance({ metrics: true });
  await using service = await recordingService();
  const organization = await testOrganization(instance, 'metered');
  const secret = await testSecret(instance, organization, 'METERED_SECRET', service.connectionString);
  const gone = await testSecret(instance, organization, 'EXPIRED_SECRET', service.connectionString, {
    expiresAt: new Date(Date.now() - 3_600_000),
  });
  const run = async (used: Awaited<ReturnType<typeof testSecret>>) => {
    const componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: used });
    return finishedRun(instance, await startTestRun(instance, organization, [componentId], [{ name: 'a.txt', bytes: Buffer.from('1') }]));
  };
  assert.equal((await run(secret)).status, 'succeeded');
  assert.equal((await run(gone)).status, 'failed');

  const metrics = async () => {
    const answer = await instance.plane.server.inject({ url: '/metrics', headers: { host: '127.0.0.1' } });
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers['content-type']), /^text\/plain; version=0\.0\.4/);
    return answer.body;
  };
  const expected: [series: string, value: number][] = [
    ['holdfast_uses_total{outcome="success",code=""}', 1],
    ['holdfast_use_refusals_total{code="secret_expired"}', 1],
    ['holdfast_runs_ended_total{status="succeeded"}', 1],
    ['holdfast_runs_ended_total{status="failed"}', 1],
    ['holdfast_run_wait_seconds_count', 2],
    ['holdfast_run_slots{state="free"}', 4],
    ['holdfast_periodic_work', 1],
    ['holdfast_nodes{plane="data"}', 1],
    ['holdfast_runs{status="queued"}', 0],
    ['holdfast_record_stopped_organizations', 0],
  ];
  const above: string[] = [
    'holdfast_record_entries',
    'holdfast_egress_connections_total{result="connected",code=""}',
    'process_resident_memory_bytes',
  ];
  // A run has ended before this process has counted it, and freed its slot.
  const text = await eventually('all of them to be counted', async () => {
    const now = await metrics();
    for (const [series, value] of expected) assert.equal(VALUE_OF(now, series), value, series);
    for (const series of above) assert.ok((VALUE_OF(now, series) ?? 0) > 0, series);
    return now;
  });
  for (const name of ['metered', 'METERED_SECRET', 'EXPIRED_SECRET', organization.id, 'a.txt', 'store1']) {
    assert.ok(!text.includes(name), name);
  }
});

test('a connection to an address that is refused is counted as such', async () => {
  const { createAllowList } = await import('./egress/allow-list.ts');
  await using service = await recordingService();
  await using instance = await testInstance({ metrics: true, egressAllow: createAllowList([]) });
  const organization = await testOrganization(instance);
  const secret = await testSecret(instance, organization, 'AZURE', service.connectionString);
  const componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  await finishedRun(instance, await startTestRun(instance, organization, [componentId], [{ name: 'a', bytes: Buffer.from('1') }]));
  await eventually('it to be counted', async () => {
    const { body } = await instance.plane.server.inject({ url: '/metrics', headers: { host: '127.0.0.1' } });
    assert.ok((VALUE_OF(body, 'holdfast_egress_connections_total{result="refused",code="address_refused"}') ?? 0) > 0, body);
    return true;
  });
});

test('without metrics there is no such address', async () => {
  await using instance = await testInstance();
  assert.equal((await instance.plane.server.inject({ url: '/metrics', headers: { host: '127.0.0.1' } })).statusCode, 404);
});

test('a plane that others reach serves no metrics, unless a setting turns them on', () => {
  const settings = (more: Record<string, string>) => readDataSettings({ DATABASE_URL: 'postgres://x', ...more }).metrics;
  assert.equal(settings({}), true);
  assert.equal(settings({ HOLDFAST_DATA_LISTEN: '[::1]:7401' }), true);
  for (const address of ['0.0.0.0:7401', '[::]:7401', '10.0.0.5:7401', 'data.internal:7401']) {
    assert.equal(settings({ HOLDFAST_DATA_LISTEN: address }), false, address);
    assert.equal(settings({ HOLDFAST_DATA_LISTEN: address, HOLDFAST_METRICS: 'on' }), true, address);
  }
  assert.equal(settings({ HOLDFAST_METRICS: 'off' }), false);
});
