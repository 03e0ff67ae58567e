import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { createValueRedactor, REDACTED } from './redactor.ts';

const strict = (text: string) => encodeURIComponent(text).replace(/[!'()*~.-]/g, (sign) => `%${hex(sign.charCodeAt(0), 2).toUpperCase()}`);
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
const lower = (text: string) => text.replace(/%[0-9A-F]{2}/g, (written) => written.toLowerCase());
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const units = (text: string, write: (unit: number) => string) => text.replace(/[^ -~]|["\\<>&'/]/g, (unit) => write(unit.charCodeAt(0)));
const named = (text: string) =>
  text.replace(/[&<>"']/g, (sign) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }[sign]};`);
const entities = (text: string, write: (code: number) => string) =>
  text.replace(/[^ -~]|[&<>"'/=+]/gu, (sign) => write(sign.codePointAt(0) ?? 0));

/** What writes one character after the other. */
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  encodeURIComponent,
  'RFC 3986 strict': strict,
  'percent in lower case': (text) => lower(strict(text)),
  'percent throughout': (text) => [...Buffer.from(text)].map((byte) => `%${hex(byte, 2)}`).join(''),
  form: (text) => new URLSearchParams([['', text]]).toString().slice(1),
  'URL twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'URL three times': (text) => encodeURIComponent(encodeURIComponent(encodeURIComponent(text))),
  JSON: json,
  'JSON with escaped slashes': (text) => json(text).replaceAll('/', '\\/'),
  'ASCII-only JSON': (text) => units(text, (unit) => `\\u${hex(unit, 4)}`),
  'ASCII-only JSON in upper case': (text) => units(text, (unit) => `\\u${hex(unit, 4).toUpperCase()}`),
  'JSON in JSON': (text) => json(json(text)),
  'JSON in JSON in JSON': (text) => json(json(json(text))),
  'HTML by name': named,
  'HTML in decimals': (text) => entities(text, (code) => `&#${code};`),
  'HTML in hexadecimals': (text) => entities(text, (code) => `&#x${hex(code, 1)};`),
  'HTML in upper-case hexadecimals': (text) => entities(text, (code) => `&#X${hex(code, 4).toUpperCase()};`),
  'HTML twice': (text) => named(named(text)),
  'HTML in JSON': (text) => json(named(text)),
  'HTML in a form': (text) => new URLSearchParams([['', named(text)]]).toString().slice(1),
  'JSON in a URL': (text) => encodeURIComponent(json(text)),
  'a URL in HTML': (text) => named(encodeURIComponent(text)),
  'a form in ASCII-only JSON': (text) => units(new URLSearchParams([['', text]]).toString().slice(1), (unit) => `\\u${hex(unit, 4)}`),
  'JSON in HTML': (text) => named(json(text)),
};

const value = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 8, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 }),
    // Values that look like an encoding of another.
    fc.string({ unit: fc.constantFrom(...'%25\\u0041&#x;amp+ nrt"\'/<=a1é🔑\n'), minLength: 8, maxLength: 30 }),
  )
  .filter((text) => text.length >= 8 && text.isWellFormed() && !'[redacted]'.includes(text));
const around = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed());
const tricky = fc.constantFrom('', '%', '%2', '%25', '\\', '\\u00', '&', '&#', '&am', '+', 'a', '"');

function redactorOf(...values: string[]) {
  const redactor = createValueRedactor();
  for (const each of values) redactor.protect(each);
  return redactor;
}

describe('a value that is protected', () => {
  for (const [name, encode] of Object.entries(ENCODINGS)) {
    it(`is taken out, whatever it is and whatever is around it: ${name}`, () => {
      fc.assert(
        fc.property(value, around, tricky, around, (secret, before, edge, after) => {
          const text = `${before}${edge}${encode(secret)}${after}`;
          const redactor = redactorOf(secret);
          const cleaned = redactor.redact(text);
          assert.ok(cleaned.includes(REDACTED), JSON.stringify({ text, cleaned }));
          assert.ok(!cleaned.includes(encode(secret)), JSON.stringify({ text, cleaned }));
          const bytes = Buffer.from(redactor.redactBytes(Buffer.from(text)));
          assert.ok(!bytes.includes(encode(secret)));
        }),
        { numRuns: 300 },
      );
    });
  }

  it('is taken out in any mixture of encodings, one for each character', () => {
    const all = Object.values(ENCODINGS);
    const piecewise = fc.array(fc.nat(all.length - 1), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(value, piecewise, (secret, choices) => {
        const text = [...secret].map((character, place) => all[choices[place % 40] ?? 0]?.(character)).join('');
        assert.ok(!redactorOf(secret).redact(text).includes(text), text);
      }),
      { numRuns: 500 },
    );
  });

  it('is taken out of base64, alone and after a user name, in both alphabets, and when that is encoded once more', () => {
    fc.assert(
      fc.property(value, fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (secret, user, after) => {
        const plain = Buffer.from(secret);
        for (const joined of [secret, `${user}:${secret}`, `${user}${secret}${after}`]) {
          for (const alphabet of ['base64', 'base64url'] as const) {
            const written = Buffer.from(joined).toString(alphabet);
            for (const text of [written, encodeURIComponent(written), written.replaceAll('/', '\\/'), json(written)]) {
              const cleaned = redactorOf(secret).redact(`Basic ${text}`);
              assert.ok(cleaned.includes(REDACTED), JSON.stringify({ joined, text, cleaned }));
              // What may stay depends on the neighbours too: less than three bytes at either end.
              const left = cleaned.slice('Basic '.length).split(REDACTED);
              assert.ok(!left.some((part) => Buffer.from(decodeURIComponent(part), alphabet).includes(plain)));
            }
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is taken out of hexadecimal', () => {
    fc.assert(
      fc.property(value, around, (secret, before) => {
        const written = Buffer.from(secret).toString('hex');
        const cleaned = redactorOf(secret).redact(`${before}${written} ${written.toUpperCase()}`);
        assert.ok(!cleaned.includes(written) && !cleaned.includes(written.toUpperCase()));
      }),
    );
  });

  it('is taken out line by line when it has lines, and when its end was cut off', () => {
    const key = `-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----`;
    assert.equal(redactorOf(key).redact('error near MIIEvQIBADANBgkqhkiG9w0BAQ'), 'error near [redacted]');
    const long = 'abcdefghij'.repeat(20);
    assert.equal(redactorOf(long).redact(`“${long.slice(0, 100)}…”`), '“[redacted]…”');
  });

  it('leaves everything else exactly as it is', () => {
    const redactor = redactorOf('correct horse battery staple');
    const other = Buffer.from([0, 255, 128, 10, 13, 200, 37, 92, 38, 43]);
    assert.equal(redactor.redactBytes(other), other);
    const text = 'Größe ✓ 100 % \\u00e4 &amp; a+b \ud800';
    assert.equal(redactor.redact(text), text);
    const mixed = Buffer.concat([other, Buffer.from('correct%20horse+battery\\u0020staple'), other]);
    assert.deepEqual(redactor.redactBytes(mixed), Buffer.concat([other, Buffer.from(REDACTED), other]));
  });

  it('shorter than 8 characters is left, because it would turn up by chance', () => {
    assert.equal(redactorOf('abc', '1234567').redact('abcdef 1234567'), 'abcdef 1234567');
  });

  it('is looked for until the last of those who protect it lets it go', () => {
    const redactor = createValueRedactor();
    const first = redactor.protect('correct horse');
    const second = redactor.protect('correct horse');
    first();
    first();
    assert.equal(redactor.redact('correct horse'), REDACTED);
    second();
    assert.equal(redactor.redact('correct horse'), 'correct horse');
  });
});

test('what an upstream sends to make the search slow does not', () => {
  const redactor = redactorOf('\\'.repeat(2_000), '%25'.repeat(1_000), `${'a'.repeat(5_000)}b`, `${'&amp;'.repeat(500)}x`);
  const long = (unit: string) => unit.repeat(2 ** 18 / unit.length);
  for (const unit of ['\\', '%25', 'a', '&amp;', `${'a'.repeat(63)}c`, '\\\\u005c']) {
    const started = performance.now();
    redactor.redactBytes(Buffer.from(long(unit)));
    const milliseconds = performance.now() - started;
    assert.ok(milliseconds < 20_000, `${unit.slice(0, 8)}: ${milliseconds} ms`);
  }
});
