import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ProfileError, profilePins, readProfile, writeProfile } from './index.ts';

function newPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-profile-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'holdfast', 'profile.json');
}

test('a profile that is written is for its owner alone, and leaves nothing beside it', (context) => {
  const path = newPath(context);
  writeProfile({ url: 'http://holdfast.test', token: 'holdfast_test' }, path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(dirname(path)), ['profile.json']);
  assert.deepEqual(readProfile(path), { url: 'http://holdfast.test', token: 'holdfast_test' });
});

test('a profile that other accounts can read or write is refused, by its path', { skip: process.platform === 'win32' }, (context) => {
  const path = newPath(context);
  writeProfile({ token: 'holdfast_test' }, path);
  for (const mode of [0o640, 0o604, 0o620, 0o602]) {
    chmodSync(path, mode);
    assert.throws(
      () => readProfile(path),
      (error) => error instanceof ProfileError && error.message.includes(path) && !error.message.includes('holdfast_test'),
      mode.toString(8),
    );
  }
});

test('a damaged profile is refused without repeating it; a missing one is empty', (context) => {
  const path = newPath(context);
  assert.deepEqual(readProfile(path), {});
  writeProfile({}, path);
  for (const text of ['{"token":"holdfast_test"', '[]', 'null']) {
    writeFileSync(path, text);
    assert.throws(
      () => readProfile(path),
      (error) => error instanceof ProfileError && !error.message.includes('holdfast_test'),
    );
  }
});

test('a pin is added to the profile, and keeps what else stands there', (context) => {
  const path = newPath(context);
  writeProfile({ url: 'http://holdfast.test', pins: { 'https://one.test': { signingKey: 'first' } } }, path);
  profilePins(path).write('https://two.test', { signingKey: 'second' });
  assert.deepEqual(readProfile(path), {
    url: 'http://holdfast.test',
    pins: { 'https://one.test': { signingKey: 'first' }, 'https://two.test': { signingKey: 'second' } },
  });
  assert.deepEqual(profilePins(path).read('https://two.test'), { signingKey: 'second' });
});
