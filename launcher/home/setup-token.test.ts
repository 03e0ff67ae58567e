import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readSetupToken } from './setup-token.ts';

const home = mkdtempSync(join(tmpdir(), 'holdfast-token-'));
const path = join(home, 'control', 'setup-token');
const key = join(home, 'root.key');
mkdirSync(join(home, 'control'));
writeFileSync(key, 'the root key');
after(() => rmSync(home, { recursive: true, force: true }));

test('the setup token is read from its file', () => {
  writeFileSync(path, 'token\n');
  assert.equal(readSetupToken(path), 'token');
  rmSync(path);
});

for (const [what, place] of [
  ['a link', () => symlinkSync(key, path)],
  ['another name of a file', () => linkSync(key, path)],
  ['a folder', () => mkdirSync(path)],
  ['nothing', () => {}],
] as const) {
  test(`${what} in its place is not read`, () => {
    place();
    assert.throws(() => readSetupToken(path), { code: 'setup_token_missing' });
    rmSync(path, { recursive: true, force: true });
  });
}
