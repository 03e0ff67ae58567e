import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { cleanEnvironment, repository } from '../harness/instance.ts';
import { freePort } from '../harness/ports.ts';
import { isRunning, processTree } from '../harness/processes.ts';

test('npm start tells what was started and where it lies; Ctrl-C stops all of it, and the next start finds it as it was', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-start-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  await chmod(home, 0o755);
  const ports = { control: await freePort(), data: await freePort() };

  const first = await npmStart(t, home, ports);
  assert.match(first.output(), new RegExp(`Console +http://127\\.0\\.0\\.1:${ports.control}\n`));
  assert.match(first.output(), new RegExp(`http://127\\.0\\.0\\.1:${ports.control}/setup#holdfast_setup_\\w{49}`));
  assert.match(first.output(), /PostgreSQL 18, embedded, on a private socket; new/);
  assert.ok(first.output().includes(join(home, 'state')));
  assert.match(first.output(), /Root key +\S+root\.key \(new\)\n +Back it up, apart from the database/);
  assert.ok((await fetch(`http://127.0.0.1:${ports.control}/`)).ok);
  await first.interrupt();
  assert.match(first.output(), /Stopped\. Everything is kept\./);

  const second = await npmStart(t, home, ports);
  assert.doesNotMatch(second.output(), /Making the database|Building the console/);
  assert.match(second.output(), /found as it was/);
  assert.match(second.output(), /Root key +\S+root\.key\n/);
  await second.interrupt();
});

async function npmStart(t: TestContext, home: string, ports: { control: number; data: number }) {
  const child = spawn('npm', ['start'], {
    cwd: repository,
    env: {
      ...cleanEnvironment(home, tmpdir()),
      HOLDFAST_HOME: join(home, 'state'),
      HOLDFAST_CONTROL_LISTEN: `127.0.0.1:${ports.control}`,
      HOLDFAST_DATA_LISTEN: `127.0.0.1:${ports.data}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a terminal has it.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const pid = child.pid ?? 0;
  const ended = once(child, 'close');
  t.after(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGINT');
  });
  await eventually('npm start to be ready', async () => output.includes('Ctrl-C stops everything.') || child.exitCode !== null, {
    withinMilliseconds: 60_000,
  });
  assert.equal(child.exitCode, null, output);
  return {
    output: () => output,
    /** Ctrl-C: the whole group of the terminal gets the signal. */
    async interrupt() {
      const all = await processTree(pid);
      assert.ok(all.length > 5, 'The planes and PostgreSQL run below npm.');
      process.kill(-pid, 'SIGINT');
      await ended;
      await eventually('every process to end', async () => all.every((each) => !isRunning(each.pid)), { withinMilliseconds: 5_000 });
    },
  };
}
