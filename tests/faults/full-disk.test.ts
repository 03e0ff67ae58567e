import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setUp } from '../harness/account.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { isRunning } from '../harness/processes.ts';
import { mountSmallDisk } from '../harness/small-disk.ts';
import { recordFigures } from './sizes.ts';
import { writeSecrets } from './writers.ts';

const disk = mountSmallDisk(256 * 1_048_576);
const BACK_WITHIN_MILLISECONDS = 60_000;

test('a full disk loses nothing and ends nothing for good: with room again, everything is back by itself', {
  skip: typeof disk === 'string' && disk,
}, async (t) => {
  assert.ok(typeof disk !== 'string');
  t.after(() => disk.remove());
  await using instance = await startInstance({ home: join(disk.folder, 'home') });
  const account = await setUp(instance);
  const writer = await writeSecrets(account, 'FULL');
  await eventually('some secrets to be acknowledged', () => writer.acknowledged.length > 5);

  disk.fill();
  await sleep(3_000);
  const { control, postgres } = await instance.processes();
  // It cannot even write its process id now. Nor can the launcher, or a plane, write a log.
  process.kill(postgres.pid, 'SIGKILL');
  process.kill(control.pid, 'SIGKILL');
  await sleep(12_000);
  assert.ok(isRunning(instance.pid), `The launcher ended:\n${instance.output()}`);
  assert.match(instance.output(), /PostgreSQL cannot be started, which is tried again/);
  assert.match(instance.output(), /No space left on device/);

  disk.makeRoom();
  const roomAt = performance.now();
  await instance.ready(BACK_WITHIN_MILLISECONDS);
  const before = writer.acknowledged.length;
  await eventually('secrets to be acknowledged again', () => writer.acknowledged.length > before + 3, {
    withinMilliseconds: BACK_WITHIN_MILLISECONDS,
  });
  const milliseconds = performance.now() - roomAt;
  await writer.stop();
  const missing: string[] = [];
  for (const name of writer.acknowledged) {
    if ((await account.request('GET', account.at(`/secrets/${name}`))).status !== 200) missing.push(name);
  }
  recordFigures('disk full, and room again', {
    rounds: 1,
    'secrets acknowledged': writer.acknowledged.length,
    'secrets lost': missing.length,
    'writing again after room (ms)': Math.round(milliseconds),
  });
  assert.deepEqual(missing, []);
});
