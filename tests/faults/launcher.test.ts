import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdfast } from '../harness/command-line.ts';
import { eventually } from '../harness/eventually.ts';
import { cleanEnvironment, isPlane, repository, startInstance } from '../harness/instance.ts';
import { freePort } from '../harness/ports.ts';
import { privateMemory, processesOfHome, processTree } from '../harness/processes.ts';
import { recordFigures, SIZES } from './sizes.ts';

const LAUNCHER = join(repository, 'bin', 'holdfast.mjs');
/**
 * A plane may take 12 s to end by its watchdog, PostgreSQL longer; on a healthy machine all are gone at once.
 */
const GONE_WITHIN_MILLISECONDS = 15_000;
/** For a start that is to be refused; that takes a second. */
const SECOND_MILLISECONDS = 30_000;
const onLinux = { skip: process.platform !== 'linux' };

async function freshHome(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-launcher-'));
  await chmod(folder, 0o755);
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return join(folder, 'home');
}

async function environmentFor(home: string): Promise<Record<string, string>> {
  return {
    ...cleanEnvironment(home, tmpdir()),
    HOLDFAST_HOME: home,
    HOLDFAST_CONTROL_LISTEN: `127.0.0.1:${await freePort()}`,
    HOLDFAST_DATA_LISTEN: `127.0.0.1:${await freePort()}`,
  };
}

/** Starts it this way, waits until it is ready, and answers the process at the top. */
async function startReady(command: readonly string[], home: string): Promise<ChildProcess> {
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, { cwd: repository, env: await environmentFor(home), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await eventually('it to be ready', async () => output.includes('Ctrl-C stops everything.') || child.exitCode !== null, {
    withinMilliseconds: 90_000,
  });
  assert.equal(child.exitCode, null, output);
  return child;
}

async function untilAllGone(home: string): Promise<void> {
  let left: string[] = [];
  await eventually(
    'every process of the home to be gone',
    async () => {
      left = (await processesOfHome(home)).map(({ pid, arguments: words }) => `${pid} ${words.join(' ').slice(0, 200)}`);
      return left.length === 0;
    },
    { withinMilliseconds: GONE_WITHIN_MILLISECONDS },
  ).catch(() => assert.fail(`These outlived their launcher:\n${left.join('\n')}`));
}

/** Another Node than ours, as a fresh machine has it: bin/holdfast.mjs then hands over to ours. */
function otherNode(): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(':').filter((path) => !path.includes('node_modules'))) {
    try {
      const version = execFileSync(join(folder, 'node'), ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      if (/^v2[0-35-9]\./.test(version)) return join(folder, 'node');
    } catch {
      // None there.
    }
  }
  return undefined;
}

test('a signal to the top process of npm start is a stop, whichever it is', onLinux, async (t) => {
  const home = await freshHome(t);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGKILL'] as const) {
    const npm = await startReady(['npm', 'start'], home);
    npm.kill(signal);
    await untilAllGone(home);
  }
});

const other = otherNode();
test('the same of holdfast start on a Node that only hands over', { skip: other === undefined && 'no other Node here' }, async (t) => {
  const home = await freshHome(t);
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGKILL'] as const) {
    const top = await startReady([other ?? '', LAUNCHER, 'start'], home);
    top.kill(signal);
    await untilAllGone(home);
  }
});

test('a launcher whose output nobody reads any more goes on, and stops when it is asked to', onLinux, async (t) => {
  const home = await freshHome(t);
  const launcher = await startReady([process.execPath, LAUNCHER, 'start'], home);
  launcher.stdout?.destroy();
  launcher.stderr?.destroy();
  const plane = (await processesOfHome(home)).find((found) => isPlane(found, 'control') && !found.program.endsWith('sh'));
  assert.ok(plane);
  process.kill(plane.pid, 'SIGKILL');
  // It says so, to nobody.
  await sleep(1_000);
  assert.equal(launcher.exitCode, null);
  launcher.kill('SIGTERM');
  const [code] = await once(launcher, 'exit');
  assert.equal(code, 0);
  await untilAllGone(home);
});

test('a second start on a home that is in use is refused, by the process that uses it, and that one goes on', async () => {
  await using instance = await startInstance();
  let pid = 0;
  const second = holdfast(['start'], {
    home: instance.home,
    environment: await environmentFor(instance.home),
    started: (its) => {
      pid = its;
    },
  });
  // One that starts all the same would not end.
  const timer = setTimeout(() => process.kill(pid, 'SIGTERM'), SECOND_MILLISECONDS);
  const { code, stderr } = await second;
  clearTimeout(timer);
  assert.match(stderr, new RegExp(`Holdfast already runs on this home \\(process ${instance.pid}\\)`));
  assert.match(stderr, /set HOLDFAST_HOME to another folder/);
  assert.equal(code, 1);
  await instance.ready(5_000);
});

test('a launcher that has started holds at most 60 MiB for itself', onLinux, async () => {
  await using instance = await startInstance();
  const mebibytes = async () => (await privateMemory(instance.pid)) / 1_048_576;
  await eventually('it to give back what the start took', async () => (await mebibytes()) <= 60);
});

test('a plane that hangs is ended and started again', onLinux, async () => {
  await using instance = await startInstance();
  const control = await instance.plane('control');
  process.kill(control.pid, 'SIGSTOP');
  // It is taken for hanging after 45 seconds without an answer, on a machine that has time to ask.
  const another = async () =>
    (await processTree(instance.pid)).some(
      (found) => isPlane(found, 'control') && !found.program.endsWith('sh') && found.pid !== control.pid,
    );
  await eventually('another control plane in its place', another, { withinMilliseconds: 90_000, everyMilliseconds: 500 }).catch(
    (error: Error) => assert.fail(`${error.message} The launcher printed:\n${instance.output()}`),
  );
  await instance.ready();
});

test(
  `a start that is killed ${SIZES.starts} times, at any moment, leaves nothing running, and the next one succeeds`,
  onLinux,
  async (t) => {
    let slowest = 0;
    const perHome = 3;
    for (let done = 0; done < SIZES.starts; done += perHome) {
      const home = await freshHome(t);
      const environment = await environmentFor(home);
      for (let kill = 0; kill < perHome; kill += 1) {
        const child = spawn(process.execPath, [LAUNCHER, 'start'], {
          cwd: repository,
          env: environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        // From its first moment to long after it is up.
        await sleep(Math.random() ** 2 * 8_000);
        child.kill('SIGKILL');
        const killedAt = performance.now();
        await untilAllGone(home);
        slowest = Math.max(slowest, performance.now() - killedAt);
      }
      await using instance = await startInstance({ home });
      assert.ok((await fetch(`${instance.controlUrl}/health/ready`)).ok);
    }
    recordFigures('launcher killed while it starts', {
      rounds: SIZES.starts,
      'processes left': 0,
      'slowest end (ms)': Math.round(slowest),
    });
  },
);

test('a start whose plane cannot start ends at once, with the plane’s error', onLinux, async (t) => {
  const home = await freshHome(t);
  const environment = await environmentFor(home);
  await using taken = createServer();
  await once(taken.listen(Number(environment.HOLDFAST_DATA_LISTEN?.split(':')[1]), '127.0.0.1'), 'listening');
  const child = spawn(process.execPath, [LAUNCHER, 'start'], { cwd: repository, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  let saidAt = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
    saidAt = performance.now();
  });
  const [code] = await once(child, 'exit');
  assert.equal(code, 1, errors);
  assert.match(errors, /HOLDFAST_DATA_LISTEN/);
  assert.ok(performance.now() - saidAt < 2_000, 'It ended as soon as it had said why.');
  await untilAllGone(home);
});
