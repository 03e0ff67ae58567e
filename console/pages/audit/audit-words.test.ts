import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionWords, fieldWords } from './audit-words.ts';

test('a use that was refused did not happen', () => {
  assert.equal(actionWords({ action: 'secret.use', outcome: 'intent' }), 'is about to use');
  assert.equal(actionWords({ action: 'secret.use', outcome: 'refused' }), 'was refused the use of');
  assert.equal(actionWords({ action: 'of.tomorrow', outcome: 'success' }), 'of.tomorrow');
});

test('fields are written as words', () => {
  assert.equal(fieldWords('notTried'), 'Not tried');
  assert.equal(fieldWords('status'), 'Status');
});
