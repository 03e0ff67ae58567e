import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differencesOf, partChangesOf } from './differences.ts';

const step = (name: string, input = 'original', more: { component?: string; condition?: string } = {}) => ({
  name,
  component: name.toUpperCase(),
  input,
  ...more,
});
const before = {
  sources: [
    { name: 'upload', reads: 'uploaded files' },
    { name: 'inbox', reads: 'new documents of Inbox' },
  ],
  steps: [step('read'), step('archive', 'read'), step('mail', 'read'), step('copy')],
};

test('what became of each part is known by its name: new, changed and how, gone; a renamed one is the same', () => {
  const after = {
    sources: [
      { name: 'upload', reads: 'uploaded files' },
      { name: 'mail-in', reads: 'new documents of Inbox' },
    ],
    steps: [{ ...step('extract'), component: 'READ' }, step('archive', 'extract', { condition: 'true' }), step('copy'), step('sign')],
  };
  const { sources, steps } = partChangesOf(before, after);
  assert.deepEqual([...sources], [['mail-in', { kind: 'changed', how: ['It was called “inbox”.'] }]]);
  assert.deepEqual(
    [...steps],
    [
      ['mail', { kind: 'removed', how: [] }],
      ['extract', { kind: 'changed', how: ['Step “read” is called “extract”.'] }],
      ['archive', { kind: 'changed', how: ['Step “archive” has a condition: true'] }],
      ['sign', { kind: 'added', how: [] }],
    ],
  );
  assert.deepEqual(partChangesOf(before, before), { sources: new Map(), steps: new Map() });
  assert.equal(differencesOf(before, after).length, 5);
});
