import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BLOB_NAME_RULES, blobName } from './blob-name.ts';

describe('the name of a blob', () => {
  it('is the name of the document, with spaces and letters of any script', () => {
    for (const name of [
      'Kontoauszug März 2026.pdf',
      'sub/folder/a.txt',
      'a b',
      '.hidden',
      'a~b#c?d%20e&f=g+h.txt',
      'नमस्ते.txt',
      '😀.png',
      'x'.repeat(BLOB_NAME_RULES.longest),
      `${'x'.repeat(400)}/${'y'.repeat(500)}.pdf`,
      Array.from({ length: BLOB_NAME_RULES.mostParts }, () => 'd').join('/'),
    ])
      assert.equal(blobName('', name), name);
    assert.equal(blobName('invoices/2026', '請求書 0042.pdf'), 'invoices/2026/請求書 0042.pdf');
  });

  it('is the same from a system that writes letters in two parts', () => {
    assert.equal(blobName('', 'März/über.txt'.normalize('NFD')), 'März/über.txt'.normalize('NFC'));
    assert.equal(blobName('', 'a\\März.txt'.normalize('NFD')), blobName('', 'a\\März.txt'.normalize('NFC')));
  });

  it('differs for documents whose names differ only in what Azure would not keep', () => {
    const names = [
      ...[
        'a_b',
        'a\\b',
        'a\u0001b',
        'a\u0080b',
        'a\ue000b',
        'a\uf8ffb',
        'a\u{f0000}b',
        'a\u{10fffd}b',
        'a\ufffeb',
        'a\ufdd0b',
        'a\u{1ffff}b',
      ],
      ...['a.', 'a..', 'a ', 'a', '../a', './a', '/a', 'a//b', 'a/b', 'a/', '.', '..', '', '\ud800', '\udfff'],
    ];
    assert.equal(new Set(names.map((name) => blobName('', name))).size, names.length);
  });

  it('keeps its extension, whatever is cut or replaced', () => {
    assert.match(blobName('', 'a\\b.pdf'), /^a_b-[0-9a-f]{8}\.pdf$/);
    assert.match(blobName('', 'a\ue000.pdf'), /^a_-[0-9a-f]{8}\.pdf$/);
    for (const folder of ['', 'f', 'f'.repeat(400)]) {
      const long = blobName(folder, `${'x'.repeat(3_000)}.pdf`);
      assert.match(long, /x-[0-9a-f]{8}\.pdf$/);
      assert.equal(long.length, BLOB_NAME_RULES.longest);
      assert.match(blobName(folder, `${'d/'.repeat(600)}a.docx`), /\/a-[0-9a-f]{8}\.docx$/);
      assert.match(blobName(folder, `${'😀'.repeat(600)}.png`), /-[0-9a-f]{8}\.png$/);
    }
  });

  it('keeps as many of its folders as there is room for', () => {
    const short = blobName('', `${'d/'.repeat(BLOB_NAME_RULES.mostParts)}a.pdf`);
    assert.match(short, /^(?:d\/){253}a-[0-9a-f]{8}\.pdf$/);
    const made = blobName('in', `${Array.from({ length: 300 }, (_, index) => index).join('/')}/a.pdf`);
    assert.match(made, /^in\/0\/1\/2\//);
    assert.equal(made.split('/').length, BLOB_NAME_RULES.mostParts);
  });

  const AWKWARD = [
    ...'ab.  /\\\u0000\u001f\u007f\u0085\ue000\uf8ff\ufffe\ufdd0\u0301\u0308\ud800\udc00ü',
    '\u{f0000}',
    '\u{10ffff}',
    '😀',
    '..',
    '.pdf',
    '//',
  ];
  const segment = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...AWKWARD) }, fc.string({ unit: 'binary', maxLength: 4 })), {
    maxLength: 30,
  });
  const name = fc.oneof(
    segment.map((parts) => parts.join('')),
    fc
      .tuple(fc.array(fc.constantFrom('d/', 'deep/', 'a./', '/'), { maxLength: 400, size: 'max' }), segment)
      .map(([folders, last]) => folders.join('') + last.join('')),
    fc
      .tuple(fc.constantFrom('x', '😀', 'é', '. ', '\ue000'), fc.nat(1_500), segment)
      .map(([unit, count, last]) => unit.repeat(count) + last.join('')),
  );
  const folder = fc.constantFrom('', 'f', 'invoices/2026', 'f'.repeat(400), Array.from({ length: 200 }, () => 'g').join('/'));

  it('is one that Azure takes and keeps as it is', () => {
    fc.assert(
      fc.property(folder, name, (inFolder, document) => {
        const made = blobName(inFolder, document);
        assert.ok(made.length <= BLOB_NAME_RULES.longest && made.split('/').length <= BLOB_NAME_RULES.mostParts);
        assert.ok(made.isWellFormed() && made.normalize('NFC') === made);
        assert.ok(inFolder === '' || made.startsWith(`${inFolder}/`));
        for (const part of made.split('/')) assert.ok(part !== '' && !/[. ]$/.test(part), JSON.stringify(part));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be gone.
        assert.doesNotMatch(made, /[\u0000-\u001f\u007f-\u009f\\\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/u);
        assert.equal(blobName(inFolder, document), made);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is another one for another document', () => {
    fc.assert(
      fc.property(folder, name, name, (inFolder, one, other) => {
        fc.pre(one.normalize('NFC') !== other.normalize('NFC'));
        assert.notEqual(blobName(inFolder, one), blobName(inFolder, other));
      }),
      { numRuns: 2_000 },
    );
  });
});
