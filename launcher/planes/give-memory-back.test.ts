import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const MEBIBYTE = 1024 * 1024;

/**
 * Gets 8 MiB of log lines, which grow old in memory before they are dropped; prints what is there of them a
 * while later.
 */
const WORK = (begin: string) => `
const memory = await import(${JSON.stringify(new URL('give-memory-back.ts', import.meta.url).href)});
${begin}
let lines = Array.from({ length: 4_096 }, () => Buffer.allocUnsafeSlow(2_048));
let other = [];
for (let turn = 0; turn < 1_000_000; turn += 1) other[turn % 1_000] = { turn };
if (lines.length > 0) lines = [];
await new Promise((resolve) => setTimeout(resolve, 500));
console.log(process.memoryUsage().arrayBuffers);`;

async function leftAfter(begin: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', WORK(begin)]);
  return Number(stdout) / MEBIBYTE;
}

test('a launcher gives back what came through from logs, which Node would keep for longer', async () => {
  const [kept, left] = [await leftAfter('memory.giveMemoryBack();'), await leftAfter('memory.keepGivingMemoryBack(20);')];
  assert.ok(left < 2, `${left} MiB`);
  assert.ok(kept > 4, `Node alone kept ${kept} MiB: looking may not be needed any more.`);
});
