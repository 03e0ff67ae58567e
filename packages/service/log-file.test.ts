import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mountSmallDisk } from '../../tests/harness/small-disk.ts';
import { openLogFile } from './log-file.ts';

const folderOfTest = () => mkdtempSync(join(tmpdir(), 'holdfast-log-'));

test('a log is put aside while it is written, and the two files stay within their bound', async () => {
  const path = join(folderOfTest(), 'a.log');
  const log = openLogFile(path, { maximumBytes: 1_000 });
  // Some are written one by one, and many at once, as when the disk is slow.
  for (let line = 0; line < 500; line += 1) {
    log.write(Buffer.from(`line ${line}\n`));
    if (line < 250 && line % 10 === 0) await sleep(1);
  }
  await log.close();
  assert.ok(statSync(path).size <= 1_000);
  assert.ok(statSync(`${path}.1`).size <= 1_000);
  assert.match(readFileSync(path, 'utf8'), /line 499\n$/);
});

test('it goes on in a file that is there', async () => {
  const path = join(folderOfTest(), 'a.log');
  writeFileSync(path, 'before\n');
  const log = openLogFile(path);
  log.write(Buffer.from('after\n'));
  await log.close();
  assert.equal(readFileSync(path, 'utf8'), 'before\nafter\n');
});

test('what cannot be written is dropped, and the log says so as soon as it can', async () => {
  const folder = join(folderOfTest(), 'not-there-yet');
  const path = join(folder, 'a.log');
  const log = openLogFile(path);
  log.write(Buffer.from('lost\n'));
  await sleep(100);
  mkdirSync(folder);
  log.write(Buffer.from('kept\n'));
  await log.close();
  assert.match(readFileSync(path, 'utf8'), /^\n\{"droppedBytes":5,"reason":"ENOENT","time":"[^"]+"\}\nkept\n$/);
});

const disk = mountSmallDisk(1_048_576);
test('a full disk ends nothing, and with room again the log goes on', { skip: typeof disk === 'string' && disk }, async (t) => {
  assert.ok(typeof disk !== 'string');
  t.after(() => disk.remove());
  const path = join(disk.folder, 'a.log');
  disk.fill(100_000);
  const log = openLogFile(path);
  for (let block = 0; block < 20; block += 1) {
    log.write(Buffer.alloc(20_000, 'x'));
    await sleep(5);
  }
  disk.makeRoom();
  log.write(Buffer.from('with room again\n'));
  await log.close();
  const text = readFileSync(path, 'utf8');
  assert.match(text, /"reason":"ENOSPC"/);
  assert.match(text, /with room again\n$/);
});
