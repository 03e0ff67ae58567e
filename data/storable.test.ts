import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isStoredAsWritten, storable, storableJson } from './storable.ts';

test('what PostgreSQL refuses, and controls that nobody sees, become escapes; all else stays', () => {
  assert.equal(storable('a\0b\u0007\u007f\u0085\ud800c'), 'a\\u{0000}b\\u{0007}\\u{007F}\\u{0085}\\u{D800}c');
  assert.equal(storable('Größe\tin 😀\r\n'), 'Größe\tin 😀\r\n');
  assert.equal(storableJson({ a: 'x\0', b: [{ c: '\udc00' }, 1, null] }), '{"a":"x\\\\u{0000}","b":[{"c":"\\\\u{DC00}"},1,null]}');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const stored = storable(text);
      return stored.isWellFormed() && !stored.includes('\0') && storable(stored) === stored && isStoredAsWritten(stored);
    }),
  );
});
