import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createValueRedactor } from './redactor.ts';
import { random } from './testing/random.ts';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const latin1 = (bytes: Buffer) => bytes.toString('latin1');
const utf8 = (text: string) => latin1(Buffer.from(text, 'utf8'));
const cutAt = (columns: number, end: string, text: string) => text.replace(new RegExp(`(.{${columns}})(?=.)`, 'gsu'), `$1${end}`);
const pairs = (text: string, sign: string) => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(sign);
const form = (name: string, text: string) => new URLSearchParams([[name, text]]).toString();

/** What a program may make of a value, as bytes (one character each), with what it writes around it. */
const DISGUISES: Readonly<Record<string, (secret: string) => string>> = {
  'base64 of JSON': (secret) => base64(JSON.stringify({ user: 'me', password: secret })),
  'base64 of a form': (secret) => base64(form('password', secret)),
  'Basic authentication of OAuth': (secret) => `Basic ${base64(`client:${encodeURIComponent(secret)}`)}`,
  'URL-encoded base64': (secret) => encodeURIComponent(base64(`client:${secret}`)),
  'a form in JSON': (secret) => utf8(JSON.stringify({ body: form('password', secret) })),
  'JSON in a form in JSON': (secret) => utf8(JSON.stringify({ body: form('a', JSON.stringify({ password: secret })) })),
  'base64 of UTF-16, as PowerShell takes a command': (secret) => base64(Buffer.from(`Connect "${secret}"`, 'utf16le')),
  'base64 in lines of 76': (secret) => cutAt(76, '\r\n', base64(`${'x'.repeat(40)}${secret}${'y'.repeat(90)}`)),
  'base64 in lines of 64, indented': (secret) => cutAt(64, '\n    ', base64(`${'x'.repeat(31)}${secret}${'y'.repeat(90)}`)),
  'base64 in lines, in JSON': (secret) => JSON.stringify(cutAt(20, '\n', base64(`${'x'.repeat(7)}${secret}`))),
  'base64 in lines, in JSON in JSON': (secret) => JSON.stringify(JSON.stringify(cutAt(20, '\r\n', base64(secret)))),
  'base64 in lines, in a URL': (secret) => encodeURIComponent(cutAt(20, '\r\n', base64(secret))),
  'base64 in base64, as Docker keeps it': (secret) => base64(JSON.stringify({ auths: { host: { auth: base64(`user:${secret}`) } } })),
  'a Buffer in JSON': (secret) => JSON.stringify({ key: Buffer.from(secret) }),
  'a Buffer in JSON with indentation': (secret) => JSON.stringify({ key: Buffer.from(secret) }, null, 2),
  'a Buffer as Node shows it': (secret) => inspect(Buffer.from(secret)),
  'a key as OpenSSL shows it': (secret) => cutAt(45, '\n    ', pairs(secret, ':')),
  'bytes as .NET shows them': (secret) => pairs(secret, '-').toUpperCase(),
  'composed accents': (secret) => utf8(secret.normalize('NFC')),
  'decomposed accents': (secret) => utf8(secret.normalize('NFD')),
  'decomposed accents in ASCII-only JSON': (secret) =>
    secret.normalize('NFD').replace(/[^ -~]|["\\]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'percent in mixed case': (secret) =>
    encodeURIComponent(secret).replace(/%([0-9A-F])([0-9A-F])/g, (_, first: string, second: string) => `%${first.toLowerCase()}${second}`),
  'HTML in numbers': (secret) => secret.replace(/[^A-Za-z0-9]/gu, (sign, at: number) => numbered(sign.codePointAt(0) ?? 0, at)),
  'every letter as a number of HTML': (secret) => [...secret].map((sign, at) => numbered(sign.codePointAt(0) ?? 0, at)).join(''),
  'every second letter as percent': (secret) =>
    [...Buffer.from(secret)].map((byte, at) => (at % 2 === 0 && isLetter(byte) ? String.fromCharCode(byte) : percent(byte))).join(''),
  'folded lines of a header': (secret) => utf8(cutAt(10, '\r\n ', secret)),
  'lines of a shell': (secret) => utf8(cutAt(10, '\\\n', secret)),
};
const numbered = (code: number, at: number) => (at % 2 === 0 ? `&#${code};` : `&#x${code.toString(16)};`);
const percent = (byte: number) => `%${byte.toString(16).padStart(2, '0')}`;
const isLetter = (byte: number) => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a);

/** Passwords and keys as people and machines make them: long enough to tell what is left of them. */
const secrets = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+/'), minLength: 24, maxLength: 90 }),
    fc.string({ unit: fc.constantFrom(...'aZ7!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ é'), minLength: 24, maxLength: 60 }),
    // No letters or digits stand together: nothing that every encoding leaves as it is.
    fc
      .array(fc.tuple(fc.constantFrom('a', 'Z', '7'), fc.constantFrom('!', '&', '%', '"', '\\', '<', '+', 'ü')), {
        minLength: 12,
        maxLength: 24,
      })
      .map((some) => some.flat().join('')),
    fc.string({ unit: fc.constantFrom(...'пароль密码é🔑x1'), minLength: 24, maxLength: 40 }),
  )
  .filter((text) => text.trim() === text && text.isWellFormed());
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 });

function redactorOf(...values: string[]) {
  const redactor = createValueRedactor();
  for (const each of values) redactor.protect(each);
  return redactor;
}

function through(redactor: ReturnType<typeof redactorOf>, bytes: Buffer, lengths: readonly number[]): string {
  const stream = redactor.redactStream();
  const out: Uint8Array[] = [];
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const length = lengths[piece % lengths.length] ?? 1;
    out.push(Uint8Array.from(stream.push(bytes.subarray(at, at + length))));
    at += length;
  }
  return Buffer.concat([...out, stream.flush()]).toString('latin1');
}

/** What its ends share with their neighbours, in base64 of base64, is less than this. */
const ENDS_CHARACTERS = 24;

describe('a value that is encoded', () => {
  for (const [name, disguise] of Object.entries(DISGUISES)) {
    it(`is taken out, wherever the bytes are cut: ${name}`, () => {
      fc.assert(
        fc.property(secrets, sizes, fc.integer({ min: 0, max: 3 }), (secret, lengths, before) => {
          const written = disguise(secret);
          const bytes = Buffer.from(`${' '.repeat(before)}${written} `, 'latin1');
          const cleaned = through(redactorOf(secret, 'another value'), bytes, lengths);
          const left = cleaned.replaceAll('[redacted]', '').length;
          assert.ok(cleaned.includes('[redacted]'), JSON.stringify({ secret, written, cleaned }));
          assert.ok(left <= disguise('').length + ENDS_CHARACTERS, JSON.stringify({ secret, written, cleaned }));
        }),
        random(150),
      );
    });
  }

  it('in Latin-1 is taken out', () => {
    const redactor = redactorOf('Größenwahn für alle');
    assert.equal(through(redactor, Buffer.from('a Größenwahn für alle b', 'latin1'), [3]), 'a [redacted] b');
    const decomposed = redactorOf('Größenwahn für alle'.normalize('NFD'));
    assert.equal(through(decomposed, Buffer.from('a Größenwahn für alle b', 'latin1'), [3]), 'a [redacted] b');
  });

  it('is taken out beside others that overlap it, begin with it, or are a part of it', () => {
    const piece = fc.string({ unit: fc.constantFrom(...'abcdefgh12345678-_.é'), minLength: 9, maxLength: 20 });
    fc.assert(
      fc.property(piece, piece, piece, sizes, fc.constantFrom(0, 1, 2), (first, second, third, lengths, order) => {
        const values = [first + second, second + third, second, first + second + third.slice(0, 4), third];
        const redactor = redactorOf(...values.slice(order), ...values.slice(0, order));
        const whole = first + second + third;
        for (const write of [(text: string) => text, encodeURIComponent, (text: string) => JSON.stringify(JSON.stringify(text))]) {
          const cleaned = through(redactor, Buffer.from(`<${write(whole)}>`), lengths);
          assert.equal(cleaned.replace(/[<>"\\]|\[redacted\]/g, ''), '', JSON.stringify({ values, cleaned }));
        }
      }),
      // Found once: values without four letters in a row, of which one begins within another.
      { ...random(300), examples: [['aaaéaéaa_', 'aaa_aaéa-', 'aaa.aaa_a', [1], 0]] },
    );
  });
});
