import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OBJECT_NAME_RULES, objectName } from './object-name.ts';

describe('the key of an object', () => {
  it('is the name of the document, in one Unicode form', () => {
    for (const name of [
      'Kontoauszug März 2026.pdf',
      'sub/folder/a.txt',
      '.hidden',
      'a\\b#c?d%20e&f=g+h.txt',
      '請求書/😀.png',
      'a. /b',
      '...',
    ]) {
      assert.equal(objectName('', name), name);
    }
    assert.equal(objectName('in/2026', 'über.txt'.normalize('NFD')), 'in/2026/über.txt');
    assert.equal(objectName('', 'x'.repeat(OBJECT_NAME_RULES.longest)), 'x'.repeat(OBJECT_NAME_RULES.longest));
  });

  it('keeps its extension and its first folders, whatever is cut or replaced', () => {
    assert.match(objectName('', '../a.pdf'), /^__\/a-[0-9a-f]{8}\.pdf$/);
    assert.match(objectName('', 'a\u0000.pdf'), /^a_-[0-9a-f]{8}\.pdf$/);
    assert.match(objectName('in', `d/${'請'.repeat(500)}.pdf`), /^in\/d\/請+-[0-9a-f]{8}\.pdf$/);
    assert.match(objectName('', `${'d/'.repeat(900)}a.pdf`), /^(?:d\/)+a-[0-9a-f]{8}\.pdf$/);
  });

  const AWKWARD = [...'ab. /\\\u0000\u001f\u007f\ufffe\u0301\ud800\udc00ü', '😀', '..', '.pdf', '//'];
  const part = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...AWKWARD) }, fc.string({ unit: 'binary', maxLength: 4 })), {
    maxLength: 30,
  });
  const name = fc
    .tuple(fc.constantFrom('', 'd/', 'x', '😀', 'é', '請/'), fc.nat(1_100), part)
    .map(([unit, count, last]) => unit.repeat(count) + last.join(''));
  const folder = fc.constantFrom('', 'f', 'invoices/2026', 'f'.repeat(400), '請'.repeat(300));

  it('is one that S3 takes, below its folder, and another one for another document', () => {
    fc.assert(
      fc.property(folder, name, name, (inFolder, one, other) => {
        const made = objectName(inFolder, one);
        assert.ok(Buffer.byteLength(made) <= OBJECT_NAME_RULES.longest && made.isWellFormed());
        assert.ok(inFolder === '' || made.startsWith(`${inFolder}/`));
        for (const segment of made.split('/')) assert.ok(!['', '.', '..'].includes(segment), JSON.stringify(made));
        if (one.normalize('NFC') !== other.normalize('NFC')) assert.notEqual(made, objectName(inFolder, other));
      }),
      { numRuns: 2_000 },
    );
  });
});
