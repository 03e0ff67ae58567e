import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedDatabase, startEmbedded } from './start.ts';

const folders: string[] = [];
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  folders.push(folder);
  return folder;
}
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

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

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody waits for is dead.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    // It ended while we looked.
    return Number.NaN;
  }
}

async function untilGone(pid: number): Promise<void> {
  for (let waited = 0; alive(pid); waited += 50) {
    assert.ok(waited < 15_000, `process ${pid} does not end`);
    await sleep(50);
  }
}

/** Another process that starts the database on `folder` and then waits to be killed. */
async function startElsewhere(folder: string): Promise<{ owner: ChildProcess; pid: number; ownerUrl: string }> {
  const program = `
    import { startEmbedded } from ${JSON.stringify(join(import.meta.dirname, 'start.ts'))};
    const { pid, ownerUrl } = await startEmbedded(process.argv[1]);
    console.log(JSON.stringify({ pid, ownerUrl }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(owner.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { owner, ...(JSON.parse(line.toString()) as { pid: number; ownerUrl: string }) };
}

test('it listens on a private socket only, with every durability setting on', async () => {
  const embedded = await startEmbedded(freshFolder());
  try {
    const settings = await query(
      embedded.ownerUrl,
      "select name, setting from pg_settings where name in ('listen_addresses', 'fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'unix_socket_permissions') order by name",
    );
    assert.deepEqual(Object.fromEntries(settings.map(({ name, setting }) => [name, setting])), {
      data_checksums: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      listen_addresses: '',
      synchronous_commit: 'on',
      unix_socket_permissions: '0700',
    });
    assert.equal(statSync(embedded.socketFolder).mode & 0o077, 0);
  } finally {
    await embedded.stop();
  }
  assert.ok(!existsSync(embedded.socketFolder));
});

test('its environment holds nothing of ours', { skip: process.platform !== 'linux' }, async () => {
  process.env.HOLDFAST_CANARY = 'canary-in-the-environment';
  const embedded = await startEmbedded(freshFolder());
  try {
    assert.ok(!readFileSync(`/proc/${embedded.pid}/environ`, 'utf8').includes('canary'));
  } finally {
    delete process.env.HOLDFAST_CANARY;
    await embedded.stop();
  }
});

test('a wrong password is refused, over the socket too', async () => {
  const embedded = await startEmbedded(freshFolder());
  try {
    await assert.rejects(query(embedded.urlFor('holdfast_owner', 'guess'), 'select 1'), /password authentication failed/);
  } finally {
    await embedded.stop();
  }
});

test('what was committed is there after kill -9 of PostgreSQL', async () => {
  const folder = freshFolder();
  const first = await startEmbedded(folder);
  await query(first.ownerUrl, 'create table kept as select generate_series(1, 1000) as n');
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  const second = await startEmbedded(folder, { socketFolder: first.socketFolder });
  try {
    assert.equal(second.found, 'existing');
    assert.equal(second.ownerUrl, first.ownerUrl, 'the planes can reconnect to the same address');
    assert.deepEqual(await query(second.ownerUrl, 'select count(*)::int as n from kept'), [{ n: 1000 }]);
  } finally {
    await second.stop();
  }
});

test('when its owner is killed, PostgreSQL shuts itself down cleanly', async () => {
  const folder = freshFolder();
  const { owner, pid } = await startElsewhere(folder);
  owner.kill('SIGKILL');
  await untilGone(pid);
  assert.match(readFileSync(join(folder, 'postgresql.log'), 'utf8'), /ready to accept connections/);
  assert.ok(!existsSync(join(folder, 'data', 'postmaster.pid')), 'a clean shutdown removes it');
});

test('a server whose owner and watchdog were both killed is stopped, and its data found', {
  skip: process.platform !== 'linux',
}, async () => {
  const folder = freshFolder();
  const { owner, pid, ownerUrl } = await startElsewhere(folder);
  await query(ownerUrl, 'create table kept as select 1 as n');
  const watchdog = parentOf(pid);
  const helpers = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === watchdog)
    .map(Number)
    .filter((child) => child !== pid);
  // Stopped first: it would otherwise see the watchdog end, and close the pipe in time.
  owner.kill('SIGSTOP');
  for (const victim of [watchdog, ...helpers, owner.pid as number]) process.kill(victim, 'SIGKILL');
  await sleep(200);
  assert.ok(alive(pid), 'PostgreSQL is an orphan now');
  const next = await startEmbedded(folder);
  try {
    assert.ok(!alive(pid));
    assert.deepEqual(await query(next.ownerUrl, 'select n from kept'), [{ n: 1 }]);
  } finally {
    await next.stop();
  }
});

test('a stale postmaster.pid that names a process of somebody else harms nobody', async () => {
  const folder = freshFolder();
  const first = await startEmbedded(folder);
  await first.stop();
  const bystander = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  writeFileSync(join(folder, 'data', 'postmaster.pid'), `${bystander.pid}\n${join(folder, 'data')}\n1\n5432\n/tmp/none\n\n`);
  let second: EmbeddedDatabase | undefined;
  try {
    second = await startEmbedded(folder);
    assert.ok(alive(bystander.pid as number));
  } finally {
    await second?.stop();
    bystander.kill('SIGKILL');
  }
});

test('a former server that nobody waited for, as in a container without an init, is dead', {
  skip: process.platform !== 'linux',
}, async () => {
  const folder = freshFolder();
  await (await startEmbedded(folder)).stop();
  // Its child ends soon, and it never asks how.
  const negligent = spawn('/bin/sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(negligent.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const zombie = Number(line.toString());
  let second: EmbeddedDatabase | undefined;
  try {
    await untilGone(zombie);
    assert.ok(existsSync(`/proc/${zombie}`), 'It still has its id.');
    writeFileSync(join(folder, 'data', 'postmaster.pid'), `${zombie}\n${join(folder, 'data')}\n1\n5432\n/tmp/none\n\n`);
    second = await startEmbedded(folder);
  } finally {
    await second?.stop();
    negligent.kill('SIGKILL');
  }
});

test('a data directory that was made halfway is made again', async () => {
  const folder = freshFolder();
  mkdirSync(join(folder, 'data.partial'));
  writeFileSync(join(folder, 'data.partial', 'PG_VERSION'), '18');
  const embedded = await startEmbedded(folder);
  assert.equal(embedded.found, 'new');
  await embedded.stop();
});

test('a damaged data directory is refused, and left as it is', async () => {
  const folder = freshFolder();
  const first = await startEmbedded(folder);
  await first.stop();
  rmSync(join(folder, 'data', 'PG_VERSION'));
  await assert.rejects(startEmbedded(folder), /is not a PostgreSQL data directory/);
  assert.ok(existsSync(join(folder, 'data', 'base')));
});

test('it runs in a folder that its own account cannot reach, as under /root', { skip: process.getuid?.() !== 0 }, async () => {
  const outer = freshFolder();
  chmodSync(outer, 0o700);
  const embedded = await startEmbedded(join(outer, 'home'));
  try {
    assert.deepEqual(await query(embedded.ownerUrl, 'select 1 as one'), [{ one: 1 }]);
  } finally {
    await embedded.stop();
  }
});
