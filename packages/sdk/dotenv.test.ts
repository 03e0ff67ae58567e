import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDotenv } from './dotenv.ts';

test('plain, exported and quoted entries, with comments and blank lines between', () => {
  const text = '# comment\n\nA=one # why\nexport B="two \\"quoted\\"\\nlines"\r\nC=\'single # kept\'\n  D = spaced \n';
  assert.deepEqual(parseDotenv(text).entries, [
    { name: 'A', value: 'one', line: 3 },
    { name: 'B', value: 'two "quoted"\nlines', line: 4 },
    { name: 'C', value: 'single # kept', line: 5 },
    { name: 'D', value: 'spaced', line: 6 },
  ]);
});

test('a quoted value goes over several lines, and an equals sign or hash inside a value stays', () => {
  const key = '-----BEGIN KEY-----\nabc==\n-----END KEY-----';
  assert.deepEqual(parseDotenv(`KEY="${key}"\nURL=https://a.example/?b=c#d`).entries, [
    { name: 'KEY', value: key, line: 1 },
    { name: 'URL', value: 'https://a.example/?b=c#d', line: 4 },
  ]);
});

test('the later of two entries of one name wins; a name without a value is empty and not the next line', () => {
  assert.deepEqual(parseDotenv('A=1\nB=\nA=2').entries, [
    { name: 'B', value: '', line: 2 },
    { name: 'A', value: '2', line: 3 },
  ]);
});

test('a line that is no entry is named, and none is dropped in silence', () => {
  const { entries, unreadLines } = parseDotenv('A="one\ntwo" # why\nno entry\n\n# comment\n9B=3\n=4\nC="never closed\n');
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['A', '9B', 'C'],
  );
  assert.deepEqual(unreadLines, [3, 7]);
});
