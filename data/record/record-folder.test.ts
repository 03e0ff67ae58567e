import assert from 'node:assert/strict';
import { appendFile, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { splitCheckpoints } from '@holdfast/audit';
import { uuidv7 } from '@holdfast/envelope';
import { type RecordFolder, recordFolder } from './record-folder.ts';

const note = (size: number) => `holdfast/instance/organization/0\n${size}\nroot=\ntime\n\n— holdfast/instance/organization/0 c2lnbmVk\n`;

let path: string;
let folder: RecordFolder;
before(async () => {
  path = await mkdtemp(join(tmpdir(), 'holdfast-record-folder-'));
  folder = recordFolder(path);
});
after(() => rm(path, { recursive: true }));

async function notesOf(organizationId: string): Promise<string[]> {
  const text = (await folder.read(organizationId, 'checkpoints')) ?? '';
  assert.ok(text === '' || text.endsWith('\n\n'));
  const notes: string[] = [];
  for await (const each of splitCheckpoints(text.split('\n'))) notes.push(each);
  return notes;
}

test('checkpoints are kept one after the other, in a file of the account alone', async () => {
  const id = uuidv7();
  for (const size of [1, 2, 3]) await folder.appendCheckpoint(id, note(size));
  assert.deepEqual(await notesOf(id), [note(1), note(2), note(3)]);
  assert.equal((await stat(join(path, id, 'checkpoints'))).mode & 0o077, 0);
});

test('what a full disk has taken of a checkpoint is not left in the file', async (t) => {
  const id = uuidv7();
  await folder.appendCheckpoint(id, note(1));
  const handle = await open(join(path, id, 'checkpoints'));
  const full = t.mock.method(Object.getPrototypeOf(handle), 'writeFile', async function (this: typeof handle, text: string) {
    await this.write(text.slice(0, text.length / 2));
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  await handle.close();
  await assert.rejects(folder.appendCheckpoint(id, note(2)), { code: 'ENOSPC' });
  full.mock.restore();
  assert.deepEqual(await notesOf(id), [note(1)]);
  await folder.appendCheckpoint(id, note(3));
  assert.deepEqual(await notesOf(id), [note(1), note(3)]);
});

test('what is left of a checkpoint whose process ended is cut off before the next one, wherever it broke off', async () => {
  const bytes = Buffer.from(`${note(2)}\n`);
  for (const before of [[], [note(1)], Array.from({ length: 1_000 }, (_, size) => note(size))]) {
    const id = uuidv7();
    const file = join(path, id, 'checkpoints');
    for (const each of before.slice(0, 1)) await folder.appendCheckpoint(id, each);
    if (before.length > 1)
      await appendFile(
        file,
        before
          .slice(1)
          .map((each) => `${each}\n`)
          .join(''),
      );
    for (let length = 0; length < bytes.length; length += before.length > 1 ? 10 : 1) {
      await folder.appendCheckpoint(id, note(7));
      const { size } = await stat(file);
      await appendFile(file, bytes.subarray(0, length));
      await folder.appendCheckpoint(id, note(3));
      const written = await readFile(file);
      assert.equal(written.subarray(size).toString(), `${note(3)}\n`, `${length} bytes of it`);
    }
  }
});
