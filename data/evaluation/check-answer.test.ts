import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAnswer } from './check-answer.ts';

test('why an answer does not fit names fields of the schema alone, and is no long text', () => {
  const lines = { type: 'array', items: { additionalProperties: { type: 'number' } } };
  const schema = JSON.stringify({ type: 'object', properties: { lines } });
  assert.equal(checkAnswer(schema, '{"lines": [{"Ada Lovelace, DE00 1234": "a word"}]}'), 'lines.0.a field: Enter a number.');
  const labels = Array.from({ length: 2_000 }, (_, index) => `label ${index}`);
  const long = JSON.stringify({ type: 'object', properties: { a: { enum: labels } } });
  assert.equal(checkAnswer(long, '{"a": "b"}')?.length, 2_000);
});
