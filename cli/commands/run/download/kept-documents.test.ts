import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunItem } from '@holdfast/api';
import { keptDocuments } from './kept-documents.ts';

const item = (name: string, documentId: string | null, steps: Partial<RunItem['steps'][number]>[] = []) =>
  ({
    name,
    size: 10,
    documentId,
    steps: steps.map((step) => ({ name: 'extract', made: null, results: [], ...step })),
  }) as unknown as RunItem;
const result = (id: string | null, name: string) => ({ id, name, size: 4 });

const ITEMS = [
  item('a.pdf', 'a', [{ made: 2, results: [result('r1', 'a.json'), result(null, 'gone.json')] }, { name: 'archive' }]),
  item('b.pdf', null, [{ made: 25, results: [result('r2', 'b.json')] }]),
];

test('what a run keeps is found by document and step; what is gone, or not listed, is counted', () => {
  const all = keptDocuments(ITEMS, {});
  assert.deepEqual(
    all.documents.map(({ id, item: of, step }) => [id, of, step]),
    [
      ['a', 'a.pdf', 'original'],
      ['r1', 'a.pdf', 'extract'],
      ['r2', 'b.pdf', 'extract'],
    ],
  );
  assert.deepEqual([all.removed, all.unlisted], [1, 24]);
  const ids = (options: Parameters<typeof keptDocuments>[1]) => keptDocuments(ITEMS, options).documents.map(({ id }) => id);
  assert.deepEqual(ids({ step: ['original'] }), ['a']);
  assert.deepEqual(ids({ item: ['b.pdf'] }), ['r2']);
  assert.deepEqual(ids({ item: ['b.pdf'], step: ['original'] }), []);
  assert.throws(() => keptDocuments(ITEMS, { item: ['c.pdf'] }), { message: 'The run has no document “c.pdf”.' });
  // A publisher makes none.
  assert.throws(() => keptDocuments(ITEMS, { step: ['archive'] }), { message: 'No step “archive” has made a document in this run.' });
});
