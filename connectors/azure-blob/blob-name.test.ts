import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blobName } from './blob-name.ts';

describe('the name of a blob', () => {
  it('is the name of the document, with spaces and letters of any script', () => {
    assert.equal(blobName('', 'Kontoauszug März 2026.pdf'), 'Kontoauszug März 2026.pdf');
    assert.equal(blobName('invoices/2026', '請求書 0042.pdf'), 'invoices/2026/請求書 0042.pdf');
    assert.equal(blobName('', 'sub/folder/a.txt'), 'sub/folder/a.txt');
  });

  it('is the same every time', () => assert.equal(blobName('f', 'a\\b.'), blobName('f', 'a\\b.')));

  it('differs for documents whose names differ only in what Azure would not keep', () => {
    const names = [
      'a_b',
      'a\\b',
      'a\u0001b',
      'a.',
      'a..',
      'a ',
      'a',
      '../a',
      './a',
      '/a',
      'a//b',
      'a/b',
      'a/',
      '.',
      '..',
      '',
      '\ud800',
      '\udfff',
    ];
    assert.equal(new Set(names.map((name) => blobName('', name))).size, names.length);
  });

  for (const name of [
    '../../etc/passwd',
    'a/../b',
    './x',
    'x/.',
    'dots...',
    'ends in slash/',
    'back\\slash',
    'line\nbreak',
    'x'.repeat(2_000),
    `${'deep/'.repeat(300)}a.pdf`,
    '😀'.repeat(600),
  ]) {
    it(`of ${JSON.stringify(name.slice(0, 30))} is one that Azure keeps as it is`, () => {
      const made = blobName('folder', name);
      assert.ok(made.length <= 1_024, String(made.length));
      assert.ok(made.startsWith('folder/'));
      assert.ok(made.isWellFormed());
      for (const segment of made.split('/')) {
        assert.ok(segment !== '' && segment !== '.' && segment !== '..' && !/[. ]$/.test(segment), segment);
        assert.ok(segment.length <= 254);
      }
      assert.doesNotMatch(made, /[\\\n]/);
    });
  }

  it('keeps the extension of a name that had to be changed', () => assert.match(blobName('', 'a\\b.pdf'), /^a_b-[0-9a-f]{8}\.pdf$/));
});
