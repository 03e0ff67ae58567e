import assert from 'node:assert/strict';
import { chmodSync, lchownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { askToAccept } from './ask-to-accept.ts';

const ORGANIZATION = '0199aaaa-0000-7000-8000-000000000001';
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-accept-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function dataFolder(name: string): string {
  const data = join(folder, name);
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) lchownSync(data, NOBODY, NOBODY);
  return data;
}

test('what asks to accept a record is the data plane’s own', () => {
  // As below /root: the account gets to its own folder by standing in it.
  const data = dataFolder('data');
  const former = process.cwd();
  askToAccept(data, ORGANIZATION, 'record_rewritten');
  assert.equal(process.cwd(), former);
  const path = join(data, 'record', ORGANIZATION, 'accept');
  assert.equal(readFileSync(path, 'utf8'), '{"code":"record_rewritten"}\n');
  for (const each of [join(data, 'record'), join(data, 'record', ORGANIZATION), path]) {
    assert.equal(statSync(each).uid, statSync(data).uid, each);
    assert.equal(statSync(each).mode & 0o077, 0, each);
  }
});

test('a link that the data plane’s account put there leads root nowhere', { skip: !isRoot }, () => {
  chmodSync(folder, 0o755);
  const outside = join(folder, 'outside');
  mkdirSync(outside, { mode: 0o755 });
  for (const at of ['record', `record/${ORGANIZATION}`]) {
    const data = dataFolder(`linked-${at.length}`);
    if (at !== 'record') mkdirSync(join(data, 'record'));
    symlinkSync(outside, join(data, at));
    assert.throws(() => askToAccept(data, ORGANIZATION, 'record_rewritten'), { code: 'EACCES' });
    assert.deepEqual(readdirSync(outside), []);
    assert.equal(process.geteuid?.(), 0);
  }
});
