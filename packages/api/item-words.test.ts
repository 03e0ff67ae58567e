import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemCountsInWords, itemStatusInWords } from './index.ts';

const NONE = { total: 0, waiting: 0, running: 0, published: 0, unchanged: 0, skipped: 0, failed: 0 };

test('what was published and what was there already are counted apart', () => {
  assert.equal(itemCountsInWords(NONE, false), 'no documents');
  assert.equal(itemCountsInWords({ ...NONE, total: 3, published: 3 }, false), '3 published');
  assert.equal(itemCountsInWords({ ...NONE, total: 5, unchanged: 5 }, false), '0 published, 5 unchanged');
  assert.equal(
    itemCountsInWords({ total: 1521, published: 1500, unchanged: 10, skipped: 1, failed: 2, running: 4, waiting: 4 }, true),
    '1,500 published, 10 unchanged, 1 left out, 2 failed, 4 running, 4 waiting',
  );
  assert.equal(itemCountsInWords({ ...NONE, total: 3, published: 1, waiting: 2 }, false), '1 published, 2 not sent');
});

test('a document that waits when its run has ended was not sent', () => {
  assert.equal(itemStatusInWords('waiting', true), 'waiting');
  assert.equal(itemStatusInWords('waiting', false), 'not sent');
  assert.equal(itemStatusInWords('skipped', false), 'left out');
  assert.equal(itemStatusInWords('failed', false), 'failed');
});
