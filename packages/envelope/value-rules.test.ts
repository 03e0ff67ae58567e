import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VALUE_MAXIMUM_BYTES, validateValue } from './index.ts';

test('an ordinary value, several lines and any script are acceptable', () => {
  for (const value of ['x', 'line\nline', 'ключ 🔑', 'a'.repeat(VALUE_MAXIMUM_BYTES)]) assert.equal(validateValue(value), undefined);
});

test('an empty value is refused', () => assert.match(validateValue('') ?? '', /cannot be empty/));

test('a value is measured in bytes of UTF-8', () => {
  assert.match(validateValue('a'.repeat(VALUE_MAXIMUM_BYTES + 1)) ?? '', /at most 65,536 bytes/);
  assert.match(validateValue('é'.repeat(VALUE_MAXIMUM_BYTES / 2 + 1)) ?? '', /this has 65,538/);
});

test('half of a surrogate pair is refused', () => assert.match(validateValue('a\ud800b') ?? '', /Unicode/));
