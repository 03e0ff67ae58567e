import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testFolder } from './test-folder.ts';

test('what a run that was killed has left in memory is removed', (t) => {
  const folder = testFolder();
  t.after(() => folder.remove());
  if (folder.path === tmpdir()) return t.skip('there is not enough memory for it');
  const { pid } = spawnSync(process.execPath, ['--version']);
  const former = folder.path.replace(/-\d+-/, `-${pid}-`);
  mkdirSync(former);
  testFolder().remove();
  assert.ok(existsSync(former), 'another container may share the memory, and not the numbers of processes');
  utimesSync(former, 0, 0);
  utimesSync(folder.path, 0, 0);
  testFolder().remove();
  assert.ok(!existsSync(former));
  assert.ok(existsSync(folder.path), 'that of one that runs stays');
});

test('a folder in memory is for every account and goes with its content; the ordinary one stays', () => {
  const folder = testFolder();
  const inMemory = folder.path !== tmpdir();
  if (inMemory) {
    assert.equal(statSync(folder.path).mode & 0o7777, 0o1777);
    writeFileSync(join(folder.path, 'left'), '');
  }
  folder.remove();
  assert.equal(existsSync(folder.path), !inMemory);
});
