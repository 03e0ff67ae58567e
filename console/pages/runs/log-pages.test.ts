import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOG_PAGE_LINES, type LogPages, withLines } from './log-pages.ts';

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    ...{ sequence: from + index, time: '2026-01-01T00:00:00.000Z', level: 'info' as const },
    ...{ message: `line ${from + index}`, itemName: null },
  }));
const numbers = ({ pages }: LogPages) => pages.flatMap(({ items }) => items.map(({ sequence }) => sequence));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test('lines that come make as many pages as are read again, and each line stands there once', () => {
  let log: LogPages = { pages: [{ items: lines(1, 150), nextCursor: null }], pageParams: [null] };
  log = withLines(log, lines(151, 260));
  log = withLines(log, lines(240, 470));
  assert.deepEqual(numbers(log), upTo(470));
  assert.deepEqual(
    log.pages.map(({ items }) => items.length),
    [LOG_PAGE_LINES, LOG_PAGE_LINES, 70],
  );
  assert.equal(log.pageParams.length, log.pages.length);
  assert.equal(withLines(log, lines(300, 470)), log);
});

test('nothing is added behind a page that is not the last of the log, or before the first was read', () => {
  const cut: LogPages = { pages: [{ items: lines(1, 200), nextCursor: 'more' }], pageParams: [null] };
  assert.equal(withLines(cut, lines(900, 910)), cut);
  const none: LogPages = { pages: [], pageParams: [] };
  assert.equal(withLines(none, lines(1, 2)), none);
});

test('behind an empty page at the end the lines go on from the page before it', () => {
  const log: LogPages = {
    pages: [
      { items: lines(1, 200), nextCursor: 'more' },
      { items: [], nextCursor: null },
    ],
    pageParams: [null, 'more'],
  };
  assert.deepEqual(numbers(withLines(log, lines(190, 205))), upTo(205));
});
