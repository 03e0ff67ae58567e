import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setUp } from '../harness/account.ts';
import { eventually } from '../harness/eventually.ts';
import { cleanEnvironment, type Instance, isPlane, repository, startInstance } from '../harness/instance.ts';
import { freePort } from '../harness/ports.ts';
import { processTree } from '../harness/processes.ts';
import type { Targets } from './isolation/attack.ts';
import { ATTACK, attackAs, howStarted, type Started } from './isolation/run-attack.ts';

const onLinux = process.platform === 'linux' ? {} : { skip: 'needs /proc' };
const asRoot = process.getuid?.() === 0 ? {} : { skip: 'needs root, which alone can start processes as other accounts' };
/** What must work in every case, so that a test that refuses everything for another reason is noticed. */
const HARMLESS = 'open a connection';
/** What only Node refuses: to the kernel it is a process's own business. */
const OWN_BUSINESS = [
  'put a link into its own folder',
  'make V8 write files',
  'start a program',
  'start a worker',
  'start a worker from its own folder',
  'start a worker by what its own workers are made of',
  'load native code',
  'open the inspector',
  'inspect itself',
  'reach the bindings',
];

describe('code that runs in a plane', onLinux, () => {
  let instance: Instance;
  let planes: { control: Started; data: Started; postgres: Started };
  let targets: { control: Targets; data: Targets };
  let outside: string;
  let attack: string;

  before(async () => {
    outside = await mkdtemp(join(tmpdir(), 'holdfast-outside-'));
    await chmod(outside, 0o755);
    attack = join(outside, 'attack.ts');
    await copyFile(ATTACK, attack);
    instance = await startInstance();
    const { control, data, postgres } = await instance.processes();
    planes = { control: await howStarted(control.pid), data: await howStarted(data.pid), postgres: await howStarted(postgres.pid) };
    const at = (path: string) => join(instance.home, path);
    const common = { outside: join(outside, 'made'), program: '/bin/true', library: await loadedLibrary(control.pid) };
    targets = {
      control: {
        ...common,
        own: at('control'),
        files: [at('keys/root.key'), at('database/owner-password'), at('credentials/data-database-url'), at('logs/data.log')],
        pid: data.pid,
      },
      data: {
        ...common,
        own: at('data'),
        files: [at('control/session.key'), at('database/owner-password'), at('credentials/control-database-url'), at('logs/control.log')],
        pid: control.pid,
      },
    };
  });
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await rm(outside, { recursive: true, force: true });
  });

  for (const plane of ['control', 'data'] as const) {
    it(`reads nothing of others, writes and starts nothing: ${plane}`, async () => {
      const outcome = await attackAs(attack, planes[plane], targets[plane]);
      assert.deepEqual(succeeded(outcome), [HARMLESS]);
      assert.ok(!existsSync(targets.control.outside) && !existsSync(`${targets.control.outside}.sqlite`));
    });

    it(`is refused by Node alone, where all processes share an account: ${plane}`, async () => {
      const outcome = await attackAs(attack, planes[plane], targets[plane], { account: true });
      assert.deepEqual(succeeded(outcome), [HARMLESS]);
    });

    it(`is refused by the kernel alone, should it get past Node: ${plane}`, asRoot, async () => {
      const outcome = await attackAs(attack, planes[plane], targets[plane], { flags: true });
      assert.deepEqual(succeeded(outcome).toSorted(), [...OWN_BUSINESS, HARMLESS].toSorted());
    });

    it(`would do all of it without either: ${plane}`, async () => {
      const outcome = await attackAs(attack, planes[plane], targets[plane], { account: true, flags: true });
      assert.deepEqual(succeeded(outcome), Object.keys(outcome));
      await rm(targets[plane].outside);
      await rm(`${targets[plane].outside}.sqlite`);
    });
  }

  it('gets no inspector by a signal from outside', async () => {
    const { control, data } = await instance.processes();
    for (const pid of [control.pid, data.pid, instance.pid]) process.kill(pid, 'SIGUSR1');
    await sleep(500);
    await instance.ready(5_000);
    const logs = await Promise.all(['control', 'data'].map((name) => readFile(join(instance.home, 'logs', `${name}.log`), 'utf8')));
    assert.doesNotMatch(`${logs.join('')}${instance.output()}`, /Debugger listening/);
    const after = await instance.processes();
    assert.deepEqual([after.control.pid, after.data.pid], [control.pid, data.pid]);
  });

  it('runs as an account of its own, as does PostgreSQL; root keeps the rest', asRoot, async () => {
    const uids = [planes.control.uid, planes.data.uid, planes.postgres.uid];
    assert.equal(new Set([0, ...uids]).size, 4, `${uids}`);
    const owner = (path: string) => {
      const { uid, mode } = statSync(join(instance.home, path));
      return [uid, (mode & 0o777).toString(8)];
    };
    assert.deepEqual(owner('.'), [0, '711']);
    assert.deepEqual(owner('control/session.key'), [planes.control.uid, '400']);
    assert.deepEqual(owner('credentials/control-database-url'), [planes.control.uid, '400']);
    assert.deepEqual(owner('keys/root.key'), [planes.data.uid, '400']);
    assert.deepEqual(owner('credentials/data-database-url'), [planes.data.uid, '400']);
    assert.deepEqual(owner('database/owner-password'), [0, '400']);
    assert.deepEqual(owner('database/data'), [planes.postgres.uid, '700']);
    assert.deepEqual(owner('logs'), [0, '700']);
  });

  it('is bounded in the same way when a plane is started alone, and takes no options of Node from outside', async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-alone-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const listen = `127.0.0.1:${await freePort()}`;
    const launcher = spawn(process.execPath, [join(repository, 'bin', 'holdfast.mjs'), 'control'], {
      env: {
        ...cleanEnvironment(home, home),
        HOLDFAST_HOME: join(home, 'state'),
        HOLDFAST_CONTROL_LISTEN: listen,
        DATABASE_URL: await readFile(join(instance.home, 'credentials', 'control-database-url'), 'utf8'),
        // Control planes of one database have one session key.
        HOLDFAST_SESSION_KEY_FILE: join(instance.home, 'control', 'session.key'),
        NODE_OPTIONS: '--allow-child-process',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(launcher, 'exit');
    t.after(async () => {
      launcher.kill('SIGTERM');
      await ended;
    });
    await eventually('the plane to be ready', async () => (await fetch(`http://${listen}/health/ready`)).ok, {
      withinMilliseconds: 60_000,
    });
    const plane = (await processTree(launcher.pid ?? 0)).find((each) => isPlane(each, 'control') && !each.program.endsWith('sh'));
    const alone = await howStarted(plane?.pid ?? 0);
    assert.ok(alone.words.includes('--permission') && alone.words.includes('--disable-sigusr1'));
    assert.equal(alone.environment.NODE_OPTIONS, undefined);
    assert.equal(alone.uid, planes.control.uid);
    assert.deepEqual(succeeded(await attackAs(attack, alone, targets.control)), [HARMLESS]);
  });

  it("shares PostgreSQL's socket with nobody but the other plane", asRoot, async () => {
    const url = await readFile(join(instance.home, 'credentials', 'control-database-url'), 'utf8');
    const socket = join(new URLSearchParams(url.slice(url.indexOf('?'))).get('host') ?? '', '.s.PGSQL.5432');
    const reach = (uid: number, gid: number) =>
      spawnSync('/bin/sh', ['-c', '[ -w "$1" ]', 'sh', socket], { cwd: '/', uid, gid, env: {} }).status === 0;
    assert.ok(reach(planes.control.uid, planes.control.gid) && reach(planes.data.uid, planes.data.gid));
    assert.ok(!reach(65_534, 65_534), dirname(socket));
  });
});

describe('a home below a folder that only root may enter', { ...onLinux, ...asRoot }, () => {
  it('is used by accounts that cannot reach it by its path', async (t) => {
    const closed = await mkdtemp(join(tmpdir(), 'holdfast-closed-'));
    t.after(() => rm(closed, { recursive: true, force: true }));
    await using instance = await startInstance({ home: join(closed, 'deep', 'home') });
    const account = await setUp(instance);
    assert.equal((await account.request('GET', account.at('/sealing-key'))).status, 200, 'The data plane has made a key.');
    for (const { pid } of Object.values(await planesOf(instance))) assert.notEqual((await howStarted(pid)).uid, 0);
    assert.ok(statSync(join(instance.home, 'keys', 'root.key')).isFile());
  });
});

async function planesOf(instance: Instance) {
  const { control, data } = await instance.processes();
  return { control, data };
}

function succeeded(outcome: Record<string, string>): string[] {
  return Object.keys(outcome).filter((name) => outcome[name] === 'done');
}

/** A library that every account can read. */
async function loadedLibrary(pid: number): Promise<string> {
  const path = /\/\S*\/libc\.so\S*/.exec(await readFile(`/proc/${pid}/maps`, 'utf8'))?.[0];
  assert.ok(path, 'No libc is loaded.');
  return path;
}
