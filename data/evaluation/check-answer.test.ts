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

test('an answer of very many lists, objects and fields is not read, whatever stands in its texts', () => {
  const tooMany = 'It has more than 1,000,000 lists, objects and fields.';
  for (const part of ['{},', '[],', '{"a":1},']) assert.equal(checkAnswer('{}', `[${part.repeat(1_000_000)}0]`), tooMany, part);
  assert.equal(checkAnswer('{}', `${'['.repeat(1_000_001)}${']'.repeat(1_000_001)}`), tooMany);
  const texts = [`"${'[{:'.repeat(1_000_000)}"`, `["\\\\", "a\\"${'[{:'.repeat(1_000_000)}\\\\"]`, `[${'1,'.repeat(1_000_001)}1]`];
  for (const text of texts) assert.equal(checkAnswer('{}', text), undefined, text.slice(0, 20));
  assert.equal(checkAnswer('{}', `["${'[{:'.repeat(1_000_000)}`), 'It is not valid JSON.');
});
