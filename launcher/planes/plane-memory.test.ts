import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { homeAt } from '../home/home.ts';
import { MEMORY_FLAGS, planeCommand } from './plane-command.ts';

const MEBIBYTE = 1024 * 1024;

/**
 * Holds some 40 MiB, each piece of which is replaced many times after it has grown old, and prints the most
 * that V8 had taken.
 */
const WORK = `
const held = Array.from({ length: 40_000 }, (_, index) => Array.from({ length: 120 }, () => index));
let most = 0;
for (let turn = 0; turn < 200_000; turn += 1) {
  held[(turn * 7_919) % held.length] = Array.from({ length: 120 }, () => turn);
  if (turn % 1_000 === 0) most = Math.max(most, process.memoryUsage().heapTotal);
}
console.log(most);`;

async function mostOf(flags: readonly string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', WORK]);
  return Number(stdout) / MEBIBYTE;
}

test('a plane that works keeps little beyond what it needs, where Node would keep several times as much', async () => {
  const [plane, node] = [await mostOf(MEMORY_FLAGS), await mostOf([])];
  assert.ok(plane < 110, `${Math.round(plane)} MiB`);
  assert.ok(node > 130, `Node alone took ${Math.round(node)} MiB: the flags may not be needed any more.`);
});

test('every plane is started so', () => {
  const place = {
    program: process.execPath,
    code: '/clone',
    compiled: { control: '/clone/dist/control', data: '/clone/dist/data' },
    home: homeAt('/state'),
    workingDirectory: '/clone',
    certificates: {},
  };
  for (const plane of ['control', 'data'] as const) {
    const started = planeCommand(plane, { HOLDFAST_HOME: '/state' }, place);
    assert.deepEqual(started.arguments.slice(0, MEMORY_FLAGS.length), MEMORY_FLAGS, plane);
  }
});
