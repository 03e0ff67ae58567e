import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded } from './watchdog.ts';

const PRELOADED = join(import.meta.dirname, 'end-with-launcher.ts');

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(what: string, isSo: () => boolean, milliseconds = 10_000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; !isSo(); await sleep(20)) {
    assert.ok(Date.now() < deadline, `Waited in vain for: ${what}`);
  }
}

/** A program that writes its process id into a file, then does this. */
function program(then: string): { command: string[]; pid: () => number } {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-watchdog-')), 'pid');
  const read = () => {
    try {
      return Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      return 0;
    }
  };
  const source = `require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); ${then}`;
  return { command: [process.execPath, '--eval', source], pid: read };
}

/** Another process that starts the command as a launcher does, and then waits to be killed. */
function launcher(command: readonly string[], signals: string): ChildProcess {
  const source = `
    import { spawnGuarded } from ${JSON.stringify(join(import.meta.dirname, 'watchdog.ts'))};
    spawnGuarded(JSON.parse(process.argv[1]), process.argv[2], { stdio: ['ignore', 'ignore'] });
    process.stdout.write('started');
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ['--input-type=module', '--eval', source, JSON.stringify(command), signals], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const SPIN = "process.on('SIGTERM', () => {}); for (;;) {}";
const DEAF = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";
const onLinux = { skip: process.platform !== 'linux' };

test('the exit code of what it runs is its own', async () => {
  const { command } = program('process.exit(3)');
  assert.equal(await spawnGuarded(command, 'TERM 1 KILL', { stdio: ['ignore', 'ignore'] }).ended, 3);
});

test('a program that does not listen to SIGTERM is killed at the deadline', onLinux, async () => {
  const { command, pid } = program(DEAF);
  const guarded = spawnGuarded(command, 'TERM 1 KILL', { stdio: ['ignore', 'ignore'] });
  await until('the program', () => pid() > 0);
  const began = performance.now();
  await guarded.end();
  assert.ok(performance.now() - began > 900);
  assert.ok(!isRunning(pid()));
  assert.equal(await guarded.ended, 128 + 9);
});

test('a program that spins and hears nothing ends with the launcher that was killed', onLinux, async () => {
  const { command, pid } = program(SPIN);
  const owner = launcher(command, 'TERM 1 KILL');
  await until('the program', () => pid() > 0);
  owner.kill('SIGKILL');
  await until('its end', () => !isRunning(pid()));
});

test('whenever the launcher is killed, what it was starting ends', { ...onLinux, timeout: 60_000 }, async () => {
  for (let round = 0; round < 20; round += 1) {
    const { command, pid } = program(DEAF);
    const owner = launcher(command, 'TERM 1 KILL');
    await new Promise((resolve) => owner.stdout?.once('data', resolve));
    await sleep(Math.random() * 60);
    owner.kill('SIGKILL');
    await sleep(200);
    if (pid() > 0) await until('its end', () => !isRunning(pid()));
  }
});

test('a program notices by itself when launcher and watchdog are both killed, from its first moment on', onLinux, async () => {
  for (const moment of [0, 20, 60, 300]) {
    const { command, pid } = program('setInterval(() => {}, 1000)');
    const [node = '', ...rest] = command;
    const guarded = spawnGuarded([node, '--import', PRELOADED, ...rest], 'TERM 1 KILL', { stdio: ['ignore', 'ignore'] });
    await sleep(moment);
    // The whole guard: the shell and the one that it waits with, but not what they guard.
    const shell = guarded.process.pid ?? 0;
    for (const helper of [...childrenOf(shell).filter((child) => !isNode(child)), shell]) process.kill(helper, 'SIGKILL');
    await guarded.ended;
    await sleep(400);
    if (pid() > 0) await until('its end', () => !isRunning(pid()));
  }
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function isNode(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(process.execPath);
}
