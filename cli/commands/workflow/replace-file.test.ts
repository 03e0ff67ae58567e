import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { replaceFile } from './replace-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a file has the new text, its mode and its name; a link stays a link', () => {
  const path = join(folder, 'a.yaml');
  writeFileSync(path, 'former');
  chmodSync(path, 0o600);
  const link = join(folder, 'link.yaml');
  symlinkSync(path, link);
  replaceFile(link, 'new');
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.ok(lstatSync(link).isSymbolicLink());
  replaceFile(join(folder, 'b.yaml'), 'made');
  assert.equal(readFileSync(join(folder, 'b.yaml'), 'utf8'), 'made');
  assert.deepEqual(readdirSync(folder).sort(), ['a.yaml', 'b.yaml', 'link.yaml']);
});

test('a file that cannot be replaced keeps its text', () => {
  // Nothing with a longer name can stand beside it.
  const path = join(folder, `${'n'.repeat(250)}.yaml`);
  writeFileSync(path, 'former');
  assert.throws(() => replaceFile(path, 'new'), { code: 'ENAMETOOLONG' });
  assert.equal(readFileSync(path, 'utf8'), 'former');
  mkdirSync(join(folder, 'folder'));
  assert.throws(() => replaceFile(join(folder, 'folder'), 'new'), { code: 'EISDIR' });
});
