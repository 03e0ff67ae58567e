import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testFolder } from './test-folder.ts';

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
