import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRedactor } from './redaction.ts';

const VALUE = 'pä55/"w<o>rd"&+=~secret\\1';
const bytes = Buffer.from(VALUE, 'utf8');

const FORMS: Readonly<Record<string, string>> = {
  raw: VALUE,
  base64: bytes.toString('base64'),
  base64url: bytes.toString('base64url'),
  'base64 after one character': Buffer.from(`x${VALUE}`).toString('base64'),
  'base64 after two characters': Buffer.from(`xy${VALUE}z`).toString('base64'),
  'base64 of user:password': Buffer.from(`someone:${VALUE}`).toString('base64'),
  hexadecimal: bytes.toString('hex'),
  'upper-case hexadecimal': bytes.toString('hex').toUpperCase(),
  'percent-encoded': encodeURIComponent(VALUE),
  'percent-encoded in lower case': encodeURIComponent(VALUE).replace(/%../g, (written) => written.toLowerCase()),
  'percent-encoded throughout': [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  JSON: JSON.stringify(VALUE).slice(1, -1),
  'JSON with escaped slashes': JSON.stringify(VALUE).slice(1, -1).replaceAll('/', '\\/'),
  XML: VALUE.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
};

describe('a value that is in use', () => {
  for (const [form, text] of Object.entries(FORMS)) {
    it(`is taken out of text, written as ${form}`, () => {
      const redactor = createRedactor();
      redactor.protect(VALUE);
      const cleaned = redactor.redact(`before ${text} after`);
      assert.match(cleaned, /^before .*\[redacted\].* after$/s);
      assert.ok(!cleaned.includes(text));
      assert.ok(!Buffer.from(redactor.redactBytes(Buffer.from(`before ${text} after`))).includes(text));
    });
  }

  it('is taken out line by line when it has lines', () => {
    const redactor = createRedactor();
    redactor.protect('-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----');
    assert.equal(redactor.redact('error near MIIEvQIBADANBgkqhkiG9w0BAQ'), 'error near [redacted]');
  });

  it('shorter than 8 characters is left, because it would turn up by chance', () => {
    const redactor = createRedactor();
    redactor.protect('abc');
    assert.equal(redactor.redact('abcdef'), 'abcdef');
  });

  it('is told to the log once', () => {
    const told: string[] = [];
    const redactor = createRedactor((value) => told.push(value));
    redactor.protect(VALUE);
    redactor.protect(VALUE);
    assert.deepEqual(told, [VALUE]);
  });

  it('leaves other bytes exactly as they are', () => {
    const redactor = createRedactor();
    redactor.protect(VALUE);
    const other = Buffer.from([0, 255, 128, 10, 13, 200]);
    assert.deepEqual(redactor.redactBytes(other), other);
    assert.equal(redactor.redact('Größe ✓'), 'Größe ✓');
  });
});
