import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_REFERENCE, errorReference } from './error-reference.ts';

test('the reference lists every error as it is', () => {
  assert.equal(readFileSync(ERROR_REFERENCE, 'utf8'), errorReference(), 'Run node tools/error-reference.ts');
});
