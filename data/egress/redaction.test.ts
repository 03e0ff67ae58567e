import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedactor } from './redaction.ts';

test('a value is handed to the log once, and one that is too short to be looked for not at all', () => {
  const seen: string[] = [];
  const redactor = createRedactor((value) => seen.push(value));
  redactor.protect('correct horse');
  redactor.protect('correct horse');
  redactor.protect('short');
  assert.deepEqual(seen, ['correct horse']);
  assert.equal(redactor.redact('correct%20horse, short'), '[redacted], short');
});
