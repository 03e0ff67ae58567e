import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedDatabase, startEmbedded } from '@holdfast/db';
import pg from 'pg';
import { percentile, recordFigures, SIZES } from '../../tests/faults/sizes.ts';
import { eventually } from '../../tests/harness/eventually.ts';
import { type FailingDisk, makeFailingDisk } from '../../tests/harness/failing-disk.ts';
import { isRunning } from '../../tests/harness/processes.ts';
import { keepRunning } from './database-process.ts';

const disk = makeFailingDisk();
const skip = typeof disk === 'string' ? disk : false;

/** A database on a disk that can fail, kept running as the launcher does it. */
async function keptDatabase(t: TestContext) {
  const { environment } = disk as FailingDisk;
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kept-'));
  chmodSync(folder, 0o755);
  let server: EmbeddedDatabase = await startEmbedded(folder, { environment });
  const { socketFolder, ownerUrl } = server;
  const said: string[] = [];
  const kept = keepRunning(
    server,
    async (options) => {
      server = await startEmbedded(folder, { environment, socketFolder, ...options });
      return server;
    },
    (text) => said.push(text),
  );
  t.after(async () => {
    (disk as FailingDisk).work();
    await kept.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = async (sql: string, milliseconds = 60_000): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: milliseconds, query_timeout: milliseconds });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query(sql)).rows;
    } finally {
      void client.end().catch(() => {});
    }
  };
  return { kept, said, run, pid: () => server.pid };
}

test('after fsync failed for 2 s, PostgreSQL is up again by itself, with what was committed and nothing that was refused', {
  skip,
}, async (t) => {
  const { run, said } = await keptDatabase(t);
  await run('create table kept (n int)');
  await run('insert into kept values (1)');
  const recoveries: number[] = [];
  for (let round = 0; round < SIZES.diskFailures; round += 1) {
    (disk as FailingDisk).fail();
    await assert.rejects(run('insert into kept values (2)', 2_000));
    await sleep(2_000);
    (disk as FailingDisk).work();
    const began = performance.now();
    const written = () => run('insert into kept values (3) returning n', 2_000);
    await eventually('PostgreSQL to take writes again', async () => (await written()).length === 1, {
      withinMilliseconds: 60_000,
      everyMilliseconds: 200,
    });
    recoveries.push(performance.now() - began);
  }
  recordFigures('fsync fails with EIO for 2 s', {
    rounds: SIZES.diskFailures,
    'writing again p50 (ms)': Math.round(percentile(recoveries, 0.5)),
    'writing again p99 (ms)': Math.round(percentile(recoveries, 0.99)),
  });
  const rows = (await run('select n from kept order by n')).map(({ n }) => n);
  assert.ok(rows.includes(1) && rows.includes(3), `${rows}`);
  assert.ok(
    said.some((text) => text.includes('is started again')),
    said.join('\n'),
  );
});

test('a stop ends PostgreSQL within its deadline, also while its disk fails', { skip }, async (t) => {
  const { kept, run, pid } = await keptDatabase(t);
  await run('create table kept (n int)');
  (disk as FailingDisk).fail();
  await assert.rejects(run('insert into kept values (1)', 2_000));
  const began = performance.now();
  const former = pid();
  await kept.stop();
  assert.ok(performance.now() - began < 45_000);
  assert.ok(!isRunning(former));
});

test('a PostgreSQL that hangs is killed and started again', { skip: process.platform !== 'linux' || skip }, async (t) => {
  const { run, pid } = await keptDatabase(t);
  const former = pid();
  process.kill(former, 'SIGSTOP');
  await eventually('another PostgreSQL in its place', () => pid() !== former, { withinMilliseconds: 60_000 });
  assert.deepEqual(await run('select 1 as one'), [{ one: 1 }]);
});
