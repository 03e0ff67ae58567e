import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mountSmallDisk } from '../../tests/harness/small-disk.ts';
import { readOrMakeSessionKey } from './session-key.ts';

test('planes that start together on a new home use the same key, none of them half of one', async () => {
  for (let round = 0; round < 20; round += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-session-key-'));
    const path = join(folder, 'session.key');
    const keys = await Promise.all(Array.from({ length: 8 }, () => readOrMakeSessionKey(path)));
    assert.equal(new Set(keys).size, 1);
    assert.equal((await readFile(path, 'utf8')).trim(), keys[0]);
    assert.equal((await stat(path)).mode & 0o777, 0o400);
    assert.deepEqual(await readdir(folder), ['session.key']);
  }
});

const disk = mountSmallDisk(65_536);
test('a key that could not be written is not there, and is made when there is room', {
  skip: typeof disk === 'string' && disk,
}, async (t) => {
  assert.ok(typeof disk !== 'string');
  t.after(() => disk.remove());
  const path = join(disk.folder, 'session.key');
  disk.fill();
  await assert.rejects(readOrMakeSessionKey(path), /cannot be written/);
  disk.makeRoom();
  assert.ok((await readOrMakeSessionKey(path)).length >= 32);
});
