import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { listDescendants, processTree } from './processes.ts';

/** Each starts the next one, the last of them in a thread. */
const IN_A_THREAD = `
  require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' });
  require('node:worker_threads').parentPort.postMessage('started')`;
const PROGRAM = `new (require('node:worker_threads').Worker)(${JSON.stringify(IN_A_THREAD)}, { eval: true }).once('message', console.log)`;

test('the descendants that the kernel lists are those that a look at all processes finds, also those of a thread', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const shell = spawn('/bin/sh', ['-c', '"$0" -e "$1" & wait', process.execPath, PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const pid = shell.pid ?? assert.fail('It did not start.');
  t.after(() => process.kill(-pid, 'SIGKILL'));
  await once(shell.stdout, 'data');
  const tree = (await processTree(pid)).map((found) => found.pid);
  assert.equal(tree.length, 3, 'the shell, Node, and what its thread started');
  assert.deepEqual(listDescendants(pid), tree);
});
