import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lockHome } from './home-lock.ts';

const freshPath = () => join(mkdtempSync(join(tmpdir(), 'holdfast-lock-')), 'lock');
const MODULE = JSON.stringify(join(import.meta.dirname, 'home-lock.ts'));

/** Another process that runs this, with `lockHome`, and stays until its input closes, or the test ends. */
function elsewhere(t: TestContext, source: string, argument: string) {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', `import { lockHome } from ${MODULE}; process.stdin.resume(); ${source}`, argument],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  return child;
}

test('a home in use is refused by the process that uses it', () => {
  const path = freshPath();
  const unlock = lockHome(path);
  assert.throws(() => lockHome(path), new RegExp(`already runs on this home \\(process ${process.pid}\\)`));
  unlock();
  assert.ok(!existsSync(path));
  lockHome(path)();
});

test('a home in use is refused to another process, and free as soon as its user was killed', async (t) => {
  const path = freshPath();
  const user = elsewhere(t, 'lockHome(process.argv[1]); console.log("held");', path);
  await once(user.stdout, 'data');
  assert.throws(() => lockHome(path), new RegExp(`already runs on this home \\(process ${user.pid}\\)`));
  user.kill('SIGKILL');
  await once(user, 'exit');
  lockHome(path)();
});

test('a home stays in use when nothing is left in the program that could give the lock back', async (t) => {
  const path = freshPath();
  const source = `
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    lockHome(process.argv[1]);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    for (let times = 0; times < 3; times += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log('held');`;
  const user = elsewhere(t, source, path);
  await once(user.stdout, 'data');
  assert.throws(() => lockHome(path), /already runs on this home/);
});

test('what a former start left in the lock, whatever it is, holds nothing', () => {
  for (const text of ['', '{"pid":', JSON.stringify({ pid: process.pid, startedAt: '1' }), '1\n']) {
    const path = freshPath();
    writeFileSync(path, text);
    lockHome(path)();
  }
});

test('of eight that race for a stale lock one wins, each time', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
  const rounds = 60;
  // A process that cannot be there any more.
  for (let round = 0; round < rounds; round += 1) writeFileSync(join(folder, `lock-${round}`), '{"pid":4194303,"startedAt":"1"}');
  const first = Date.now() + 5_000;
  const source = `
    const { folder, rounds, first } = JSON.parse(process.argv[1]);
    const won = [];
    for (let round = 0; round < rounds; round += 1) {
      while (Date.now() < first + round * 30) {}
      try { lockHome(folder + '/lock-' + round); won.push(round); } catch {}
    }
    console.log(JSON.stringify(won));`;
  const racers = Array.from({ length: 8 }, () => elsewhere(t, source, JSON.stringify({ folder, rounds, first })));
  const wins = await Promise.all(
    racers.map(async (racer) => {
      const [line] = (await once(racer.stdout, 'data')) as [Buffer];
      return JSON.parse(line.toString()) as number[];
    }),
  );
  for (const racer of racers) racer.stdin.end();
  const winners = Array.from({ length: rounds }, (_, round) => wins.filter((won) => won.includes(round)).length);
  assert.deepEqual(
    winners,
    Array.from({ length: rounds }, () => 1),
  );
});
