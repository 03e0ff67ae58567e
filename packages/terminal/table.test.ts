import assert from 'node:assert/strict';
import { test } from 'node:test';
import truncate from 'fast-string-truncated-width';
import { facts, table } from './table.ts';

const HEAD = ['NAME', 'DESCRIPTION', 'ID'];
const ID = '01a2b3c4-0000-7000-8000-000000000000';

test('without a terminal nothing is cut', () => {
  const long = 'x'.repeat(500);
  assert.ok(table(HEAD, [[long, long, ID]]).includes(`${long}  ${long}  ${ID}`));
});

test('no line is wider than the terminal, and what must be whole is', () => {
  const rows = [
    ['A_SHORT_NAME', 'a description that goes on and on, and on, and further than anybody wants to read', ID],
    ['日本語の秘密の名前がここにあります', '👩‍👩‍👧‍👦 family, 한국어 설명, عربى', ID],
    ['a'.repeat(60), '', ID],
  ];
  for (const width of [80, 100, 120]) {
    const lines = table(HEAD, rows, { width, whole: [2] }).split('\n');
    assert.equal(lines.length, 4);
    for (const line of lines) assert.ok(truncate(line).width <= width, `${truncate(line).width} > ${width}: ${line}`);
    for (const line of lines.slice(1)) assert.ok(line.endsWith(ID));
  }
});

test('columns stand under each other although characters are wide', () => {
  const lines = table(
    ['NAME', 'KIND'],
    [
      ['日本', 'a'],
      ['latin', 'b'],
      ['é', 'c'],
    ],
  ).split('\n');
  const starts = lines.map((line) => truncate(line.slice(0, line.length - (line.endsWith('KIND') ? 4 : 1))).width);
  assert.deepEqual(new Set(starts), new Set([7]));
});

test('what a terminal would obey is not passed on', () => {
  const evil = 'name\x1b[2J\x1b]0;title\x07\r\n\u202eback';
  for (const text of [table(['A'], [[evil]]), facts([['A', evil]])]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  }
});
