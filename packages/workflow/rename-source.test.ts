import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renameSource } from './rename-source.ts';

test('what an expression compares with the source of a document follows when the source is renamed, and nothing else', () => {
  const renamed = (text: string) => renameSource(text, 'inbox', 'mail-in');
  assert.equal(renamed('document.source == "inbox"'), 'document.source == "mail-in"');
  assert.equal(renamed(`'inbox' != document.source && size(document.name) > 3`), `'mail-in' != document.source && size(document.name) > 3`);
  assert.equal(renamed(`document.source in ["inbox", 'upload', 'inbox']`), `document.source in ["mail-in", 'upload', 'mail-in']`);
  assert.equal(renamed('document.source=="inbox"?"inbox":"other"'), 'document.source=="mail-in"?"inbox":"other"');
  for (const other of [
    'document.source == "inbox-eu"',
    'result.inbox == "inbox"',
    '"inbox/" + document.name',
    'document.source == "Inbox"',
  ]) {
    assert.equal(renamed(other), other);
  }
});
