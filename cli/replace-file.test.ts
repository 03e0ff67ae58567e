import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { replaceFile, replaceFileWith } from './replace-file.ts';

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

test('a file keeps the mode that the umask would not give it, and a link that leads to nothing stays one', async () => {
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  const path = join(shared, 'a.yaml');
  writeFileSync(path, 'former');
  chmodSync(path, 0o664);
  const umask = process.umask(0o022);
  try {
    replaceFile(path, 'new');
  } finally {
    process.umask(umask);
  }
  assert.equal(statSync(path).mode & 0o777, 0o664);

  mkdirSync(join(shared, 'elsewhere'));
  symlinkSync('elsewhere/first', join(shared, 'next'));
  symlinkSync('next', join(shared, 'newest'));
  replaceFile(join(shared, 'newest'), 'made');
  assert.equal(readFileSync(join(shared, 'elsewhere', 'first'), 'utf8'), 'made');
  symlinkSync('elsewhere/second', join(shared, 'export'));
  await replaceFileWith(join(shared, 'export'), ['one\n']);
  assert.equal(readFileSync(join(shared, 'elsewhere', 'second'), 'utf8'), 'one\n');
  for (const name of ['next', 'newest', 'export']) assert.ok(lstatSync(join(shared, name)).isSymbolicLink(), name);
  assert.deepEqual(readdirSync(join(shared, 'elsewhere')).sort(), ['first', 'second']);
  rmSync(shared, { recursive: true });
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

test('what comes piece by piece replaces a file that a link names, and nothing that is no file', async () => {
  const exported = join(folder, 'export');
  mkdirSync(exported);
  const path = join(exported, 'audit.ndjson');
  writeFileSync(path, 'former');
  const link = join(exported, 'newest');
  symlinkSync(path, link);
  await replaceFileWith(link, ['one\n', 'two\n']);
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.ok(lstatSync(link).isSymbolicLink());

  const pipe = join(exported, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const open = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  await replaceFileWith(pipe, ['one\n']);
  assert.ok(lstatSync(pipe).isFIFO());
  const read = Buffer.alloc(100);
  assert.equal(read.toString('utf8', 0, readSync(open, read)), 'one\n');
  closeSync(open);

  const broken = async function* () {
    yield 'one\n';
    throw new Error('The connection failed.');
  };
  await assert.rejects(replaceFileWith(path, broken()), { message: 'The connection failed.' });
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
  assert.deepEqual(readdirSync(exported).sort(), ['audit.ndjson', 'newest', 'pipe']);
});
