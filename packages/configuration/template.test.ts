// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  fillTemplate,
  formatTemplate,
  parseTemplate,
  referencesOf,
  referenceTo,
  renameReferences,
  type Template,
  wholeReference,
} from './template.ts';

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/);
const reference = fc.record({ reference: name, plural: fc.boolean() }, { noNullPrototype: true });
/** Texts in which dollars, braces and the words of a reference meet in every way. */
const awkwardText = fc
  .array(fc.oneof(fc.constantFrom('$', '$$', '{', '}', '{secret.', '{secrets.', 'secret', '.', 'A}', '@'), fc.string({ unit: 'binary' })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((pieces) => pieces.join(''))
  .filter((text) => text !== '');
/** As the parser makes one: no two texts beside each other. */
const template: fc.Arbitrary<Template> = fc
  .array(
    fc.oneof(
      reference,
      awkwardText.map((text) => ({ text })),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.filter((part, index) => 'reference' in part || index === 0 || 'reference' in (parts[index - 1] ?? part)))
  .filter((parts) => parts.every((part, index) => 'reference' in part || !('text' in (parts[index - 1] ?? { reference: '' }))));

test('what is written is read as the same again, whatever stands around the references', () => {
  fc.assert(
    fc.property(template, (parts) => assert.deepEqual(parseTemplate(formatTemplate(parts)), parts)),
    { numRuns: 2_000 },
  );
});

test('any text at all can be written so that it is sent as it is', () => {
  fc.assert(
    fc.property(awkwardText, (text) => {
      const read = parseTemplate(formatTemplate([{ text }]));
      assert.equal(
        fillTemplate(read, () => assert.fail('It names nothing.')),
        text,
      );
    }),
    { numRuns: 2_000 },
  );
});

test('a text without the beginning of a reference is read as it is, dollars and braces included', () => {
  const plain = fc.string().filter((text) => !/\{secrets?\./.test(text) && text !== '');
  fc.assert(fc.property(plain, (text) => assert.deepEqual(parseTemplate(text), [{ text }])));
  assert.deepEqual(parseTemplate('$HOME ${HOME} $$ {secret}'), [{ text: '$HOME ${HOME} $$ {secret}' }]);
  assert.deepEqual(parseTemplate(''), []);
});

test('filling puts each value in the place of its name, and a value is never read as a reference', () => {
  fc.assert(
    fc.property(template, fc.string(), (parts, value) => {
      const filled = fillTemplate(parts, (secret) => `${secret}=${value}`);
      const expected = parts.map((part) => ('reference' in part ? `${part.reference}=${value}` : part.text)).join('');
      assert.equal(filled, expected);
    }),
  );
  assert.equal(
    fillTemplate(parseTemplate(referenceTo('A')), () => referenceTo('B')),
    referenceTo('B'),
  );
});

test('other names leave the text as it is', () => {
  fc.assert(
    fc.property(template, (parts) => {
      const renamed = renameReferences(parts, (former) => `${former}_2`);
      assert.deepEqual(
        referencesOf(renamed),
        referencesOf(parts).map((former) => `${former}_2`),
      );
      assert.deepEqual(
        renameReferences(renamed, (later) => later.slice(0, -2)),
        parts,
      );
    }),
  );
});

test('both spellings name the same secret, as a whole value and inside a text', () => {
  assert.equal(wholeReference(parseTemplate('${secret.STORE}')), 'STORE');
  assert.equal(wholeReference(parseTemplate('${secrets.STORE}')), 'STORE');
  const url = parseTemplate('https://${secrets.USER}:${secret.PASSWORD}@example.com/${secrets.USER}');
  assert.deepEqual(referencesOf(url), ['USER', 'PASSWORD']);
  assert.equal(wholeReference(url), undefined);
  assert.equal(
    fillTemplate(url, (secret) => secret.toLowerCase()),
    'https://user:password@example.com/user',
  );
});

test('a doubled dollar is the text itself, a third one begins a reference again', () => {
  assert.deepEqual(parseTemplate('$${secret.A}'), [{ text: '${secret.A}' }]);
  assert.deepEqual(parseTemplate('$$${secret.A}'), [{ text: '$' }, { reference: 'A', plural: false }]);
  assert.deepEqual(parseTemplate('$$$${secret.A}'), [{ text: '$${secret.A}' }]);
});

test('what begins as a reference and is none is refused, and not repeated', () => {
  for (const wrong of ['${secret.}', '${secret.MY NAME}', '${secret.NAME', 'a ${secrets.1A} b', `\${secret.${'A'.repeat(129)}}`]) {
    assert.throws(
      () => parseTemplate(wrong),
      (error: { code: string; message: string; remedy: string }) =>
        error.code === 'option_invalid' && !`${error.message}${error.remedy}`.includes('MY NAME'),
      wrong,
    );
  }
});
