import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedDatabase, type EmbeddedOptions, startEmbedded } from '@holdfast/db';
import pg from 'pg';
import { type LoopDisk, makeLoopDisk } from '../harness/loop-disk.ts';
import { processTree } from '../harness/processes.ts';
import { percentile, recordFigures, SIZES } from './sizes.ts';

/**
 * What PostgreSQL acknowledged is there after a kill and after the plug was pulled, as the product sets it;
 * and the same test finds the loss when it is set otherwise.
 */

const WRITERS = 4;
/** So many tries has a wrong setting to show itself. */
const MUTANT_ROUNDS = 20;

interface Writers {
  /** Of each writer, how many of its rows were acknowledged. */
  readonly acknowledged: number[];
  stop(): Promise<void>;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Each adds rows 1, 2, 3 … one after the other. */
async function startWriters(url: string): Promise<Writers> {
  await query(url, 'drop table if exists kept; create table kept (writer int, n int, filler text)');
  const acknowledged = Array.from({ length: WRITERS }, () => 0);
  const done = acknowledged.map(async (_, writer) => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      for (let n = 1; ; n += 1) {
        await client.query('insert into kept values ($1, $2, $3)', [writer, n, 'x'.repeat(200)]);
        acknowledged[writer] = n;
      }
    } catch {
      // Its server is gone.
    }
  });
  return { acknowledged, stop: async () => void (await Promise.all(done)) };
}

async function lostOf(url: string, acknowledged: readonly number[]): Promise<number> {
  // The table itself may be lost, when a commit is not waited for.
  const { kept } = (await query(url, `select to_regclass('kept') is not null as kept`))[0] ?? {};
  const count = 'select writer, count(*)::int as rows from kept group by writer';
  const rows = (kept === true ? await query(url, count) : []) as { writer: number; rows: number }[];
  return acknowledged.reduce((lost, expected, writer) => {
    const found = rows.find((row) => row.writer === writer)?.rows ?? 0;
    return lost + Math.max(0, expected - found);
  }, 0);
}

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-durability-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Kills PostgreSQL while it is written to, starts it again, and counts. Ends early when `enough` says so. */
async function killRounds(t: TestContext, rounds: number, settings: Record<string, string>, enough: (lost: number) => boolean) {
  const folder = freshFolder(t);
  const restarts: number[] = [];
  let server: EmbeddedDatabase = await startEmbedded(folder, { settings });
  const { socketFolder } = server;
  const totals = { acknowledged: 0, lost: 0, rounds: 0 };
  try {
    while (totals.rounds < rounds && !enough(totals.lost)) {
      const writers = await startWriters(server.ownerUrl);
      await sleep(100 + Math.random() * 400);
      assert.ok(server.pid > 1);
      process.kill(server.pid, 'SIGKILL');
      await writers.stop();
      await server.ended;
      const began = performance.now();
      server = await startEmbedded(folder, { settings, socketFolder });
      restarts.push(performance.now() - began);
      totals.rounds += 1;
      totals.acknowledged += writers.acknowledged.reduce((sum, rows) => sum + rows, 0);
      totals.lost += await lostOf(server.ownerUrl, writers.acknowledged);
    }
  } finally {
    await server.stop();
  }
  return { ...totals, restarts };
}

test(`after ${SIZES.kills} kills of PostgreSQL, every row that it acknowledged is there`, async (t) => {
  const { acknowledged, lost, restarts, rounds } = await killRounds(t, SIZES.kills, {}, () => false);
  recordFigures('PostgreSQL killed during commits', {
    rounds,
    'rows acknowledged': acknowledged,
    'rows lost': lost,
    'restart p50 (ms)': Math.round(percentile(restarts, 0.5)),
    'restart p99 (ms)': Math.round(percentile(restarts, 0.99)),
  });
  assert.ok(acknowledged > rounds * WRITERS, 'It was written to while it was killed.');
  assert.equal(lost, 0);
});

test('the same kills find the loss when synchronous_commit is off', async (t) => {
  const { lost, rounds } = await killRounds(t, MUTANT_ROUNDS, { synchronous_commit: 'off' }, (rows) => rows > 0);
  recordFigures('mutant: synchronous_commit=off, killed', { rounds, 'rows lost': lost });
  assert.ok(lost > 0, 'The test would not notice.');
});

async function halt(root: number): Promise<void> {
  for (const { pid } of await processTree(root)) process.kill(pid, 'SIGSTOP');
}

/** Halts PostgreSQL while it is written to, and starts another on what the disk holds at that moment. */
async function pullPlugs(t: TestContext, rounds: number, settings: Record<string, string>, enough: (lost: number) => boolean) {
  const totals = { acknowledged: 0, lost: 0, rounds: 0 };
  while (totals.rounds < rounds && !enough(totals.lost)) {
    const disk = makeLoopDisk(256);
    if (typeof disk === 'string') return { ...totals, skip: disk };
    let copy: LoopDisk | undefined;
    try {
      const options: EmbeddedOptions = { settings: { ...settings, shared_buffers: '32MB' } };
      const server = await startEmbedded(join(disk.folder, 'database'), options);
      const writers = await startWriters(server.ownerUrl);
      await sleep(500 + Math.random() * 2_000);
      await halt(server.pid);
      const acknowledged = [...writers.acknowledged];
      copy = disk.pullPlug();
      for (const { pid } of await processTree(server.pid)) process.kill(pid, 'SIGKILL');
      await writers.stop();
      await server.ended;
      const found = await startEmbedded(join(copy.folder, 'database'), options).catch((error: unknown) => {
        t.diagnostic(`It does not start: ${String(error).slice(0, 300)}`);
        return undefined;
      });
      totals.rounds += 1;
      const written = acknowledged.reduce((sum, rows) => sum + rows, 0);
      totals.acknowledged += written;
      totals.lost += found === undefined ? written : await lostOf(found.ownerUrl, acknowledged).catch(() => written);
      await found?.stop();
    } finally {
      copy?.remove();
      disk.remove();
    }
  }
  return { ...totals, skip: undefined };
}

test(`after ${SIZES.plugPulls} pulled plugs, every row that was acknowledged is on the disk`, async (t) => {
  const { acknowledged, lost, rounds, skip } = await pullPlugs(t, SIZES.plugPulls, {}, () => false);
  if (skip !== undefined) return t.skip(skip);
  recordFigures('plug pulled (ext4 on a loop device)', { rounds, 'rows acknowledged': acknowledged, 'rows lost': lost });
  assert.ok(acknowledged > rounds * WRITERS);
  assert.equal(lost, 0);
});

test('the same plugs find the loss when fsync is off', async (t) => {
  const { lost, rounds, skip } = await pullPlugs(t, MUTANT_ROUNDS, { fsync: 'off' }, (rows) => rows > 0);
  if (skip !== undefined) return t.skip(skip);
  recordFigures('mutant: fsync=off, plug pulled', { rounds, 'rows lost': lost });
  assert.ok(lost > 0, 'The test would not notice.');
});
