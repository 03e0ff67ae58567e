import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutFence } from './without-fence.ts';

test('JSON is taken out of a fence, whatever white space is around it', () => {
  for (const text of ['```json\n{"a":1}\n```', '```\n{"a":1}\n```', ' \n```JSON \r\n\n {"a":1} \n\n```\n ']) {
    assert.equal(withoutFence(text), '{"a":1}');
  }
});

test('what is in no fence, or only begins with one, stays as it is', () => {
  for (const text of [
    '{"a":1}',
    '',
    '```',
    '``````',
    '```json\n{"a":1}',
    'Sure:\n```json\n{"a":1}\n```',
    '```{"a":1}```',
    '```js\n1\n```',
  ]) {
    assert.equal(withoutFence(text), text);
  }
});
