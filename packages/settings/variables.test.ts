import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigurationError } from './configuration-error.ts';
import { readVariables } from './variables.ts';

const KNOWN = ['HOLDFAST_HOME', 'HOLDFAST_CONTROL_LISTEN', 'DATABASE_URL', 'HOLDFAST_ROOT_KEY_FILE'] as const;

test('an unknown HOLDFAST_ variable is refused by name, with the nearest known one', () => {
  assert.throws(
    () => readVariables({ HOLDFAST_CONTROL_LISTNE: '1' }, KNOWN),
    (error: Error) =>
      error instanceof ConfigurationError && /HOLDFAST_CONTROL_LISTNE.*Did you mean HOLDFAST_CONTROL_LISTEN\?/.test(error.message),
  );
});

test('other variables, and those of the command line, are none of its business', () => {
  assert.equal(readVariables({ HOME: '/x', HOLDFAST_TOKEN: 'holdfast_access_x', HOLDFAST_HOME: '/y' }, KNOWN).HOLDFAST_HOME, '/y');
});

test('a value can stand in a file; one trailing newline is not part of it', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'url');
  writeFileSync(path, 'postgres://x\n');
  assert.equal(readVariables({ DATABASE_URL_FILE: path }, KNOWN).DATABASE_URL, 'postgres://x');
});

test('both forms at once are a conflict', () => {
  assert.throws(() => readVariables({ DATABASE_URL: 'a', DATABASE_URL_FILE: '/b' }, KNOWN), /Both DATABASE_URL and DATABASE_URL_FILE/);
});

test('a file that cannot be read names itself and not its contents', () => {
  assert.throws(() => readVariables({ DATABASE_URL_FILE: '/none/such' }, KNOWN), /DATABASE_URL_FILE names \/none\/such.*ENOENT/);
});

test('an empty variable is unset, whatever its name, and beside its other form', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'url');
  writeFileSync(path, 'postgres://x\n');
  for (const name of [
    'HOLDFAST_HOME',
    'HOLDFAST_HOME_FILE',
    'DATABASE_URL',
    'HOLDFAST_ROOT_KEY_FILE',
    'HOLDFAST_OF_THE_OTHER_PLANE',
    'HOLDFAST_X_FILE',
  ]) {
    assert.deepEqual(readVariables({ [name]: '' }, KNOWN), readVariables({}, KNOWN), name);
  }
  assert.equal(readVariables({ DATABASE_URL: '', DATABASE_URL_FILE: path }, KNOWN).DATABASE_URL, 'postgres://x');
  assert.equal(readVariables({ DATABASE_URL: 'a', DATABASE_URL_FILE: '' }, KNOWN).DATABASE_URL, 'a');
});

test('a file that is empty is refused: it does not mean unset', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'url');
  writeFileSync(path, '\n');
  assert.throws(() => readVariables({ DATABASE_URL_FILE: path }, KNOWN), /DATABASE_URL_FILE names .*, which is empty/);
});
