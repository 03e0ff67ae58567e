import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionChoices, actionLabel, actionWords, fieldWords } from './audit-words.ts';

test('a use that was refused did not happen', () => {
  assert.equal(actionWords({ action: 'secret.use', outcome: 'intent' }), 'began to use');
  assert.equal(actionWords({ action: 'secret.use', outcome: 'refused' }), 'was refused the use of');
  assert.equal(actionWords({ action: 'of.tomorrow', outcome: 'success' }), 'recorded “of tomorrow” for');
});

test('fields are written as words', () => {
  assert.equal(fieldWords('notTried'), 'Not tried');
  assert.equal(fieldWords('status'), 'Status');
});

test('the filter names actions in words, and a use once', () => {
  assert.equal(actionLabel('secret.replace'), 'Replaced the value');
  assert.equal(actionLabel('record.accept'), 'Accepted the record');
  assert.deepEqual(actionChoices(['secret.use-outcome', 'run.start', 'secret.use']), [
    { label: 'Started the run', value: 'run.start' },
    { label: 'Used a secret', value: 'secret.use,secret.use-outcome' },
  ]);
});
