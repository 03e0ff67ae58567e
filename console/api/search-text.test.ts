import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSearchWith } from '@tanstack/react-router';
import { searchText } from './search-text.ts';

const read = (query: string) => searchText.parse((parseSearchWith(JSON.parse)(query) as { search?: unknown }).search);

test('a text in an address is read as it was written, also one that looks like a number', () => {
  assert.deepEqual(['?search=99', '?search=true', '?search=store', '?search=%2299%22', '?other=1'].map(read), [
    '99',
    'true',
    'store',
    '99',
    undefined,
  ]);
  assert.equal(read('?search=%7B%22a%22%3A1%7D'), undefined);
});
