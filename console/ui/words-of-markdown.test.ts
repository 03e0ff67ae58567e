import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOfMarkdown } from './words-of-markdown.ts';

test('signs of Markdown go, and names keep theirs', () => {
  for (const [text, words] of [
    ['The **archive** of `invoices`.', 'The archive of invoices.'],
    ['# Archive\n\n- renew it in the [portal](https://portal.example.com/a)\n- tell *us*', 'Archive renew it in the portal tell *us*'],
    ['AZURE_STORE_KEY, 2 * 3 > 5', 'AZURE_STORE_KEY, 2 * 3 > 5'],
  ] as const) {
    assert.equal(wordsOfMarkdown(text), words);
  }
});
