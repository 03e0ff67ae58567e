import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { writtenForms } from './forms.ts';
import { createValueRedactor, REDACTED } from './redactor.ts';
import { ValueFoundError } from './stream.ts';
import { around, ENCODINGS, holdsEscapes, json, tricky, value } from './testing/encodings.ts';
import { random } from './testing/random.ts';

function redactorOf(...values: string[]) {
  const redactor = createValueRedactor();
  for (const each of values) redactor.protect(each);
  return redactor;
}

describe('a value whose forms cannot be made', () => {
  const broken = 'Xq3vT9kLm2Zp7RwY';
  const other = 'pw "of" another/use';
  const formsOf = (value: string) => {
    if (value === broken) throw new RangeError('Maximum call stack size exceeded');
    return writtenForms(value);
  };

  it('is taken out as it is, and the others in every form as before', () => {
    const redactor = createValueRedactor({ formsOf });
    const release = redactor.protect(broken);
    redactor.protect(other);
    for (let round = 0; round < 2; round += 1) {
      assert.equal(redactor.redact(`<${broken}> <${json(other)}>`), `<${REDACTED}> <${REDACTED}>`);
      assert.equal(redactor.redact('a line of another run'), 'a line of another run');
    }
    release();
    assert.equal(redactor.redact(`<${broken}> <${json(other)}>`), `<${broken}> <${REDACTED}>`);
  });
});

describe('what cannot be looked through', () => {
  const long = 'Xq3vT9kLm2Zp7RwY'.repeat(8);
  const redactorThatFails = () => {
    const wholes = () => {
      throw new RangeError('Maximum call stack size exceeded');
    };
    const redactor = createValueRedactor({
      formsOf: (value) => writtenForms(value).map((form) => ({ ...form, head: form.head.slice(0, 64), wholes })),
    });
    redactor.protect(long);
    return redactor;
  };

  it('is withheld: a text, bytes, and a stream from there on; nothing is thrown', () => {
    assert.equal(redactorThatFails().redact(`before ${long} behind`), REDACTED);
    assert.equal(Buffer.from(redactorThatFails().redactBytes(Buffer.from(`before ${long}`))).toString(), REDACTED);
    const stream = redactorThatFails().redactStream();
    const out = [
      stream.push(Buffer.from('before ')),
      stream.push(Buffer.from(`${long} behind`)),
      stream.push(Buffer.from(long)),
      stream.flush(),
    ];
    assert.doesNotMatch(Buffer.concat(out).toString(), /Xq3v|behind/);
    assert.match(Buffer.concat(out).toString(), /\[redacted\]$/);
  });

  it('is refused as a document with a value in it', async () => {
    const passed: Uint8Array[] = [];
    const refused = (async () => {
      for await (const piece of redactorThatFails().refuseIn([Buffer.from(`before ${long} behind`)])) passed.push(piece);
    })();
    await assert.rejects(refused, ValueFoundError);
    assert.deepEqual(passed, []);
  });

  it('takes nothing from the next text', () => {
    const redactor = redactorThatFails();
    redactor.redact(`before ${long} behind`);
    assert.equal(redactor.redact('a line of another run'), 'a line of another run');
  });
});

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
          assert.ok(!bytes.includes(encode(secret)), JSON.stringify({ text, cleaned }));
        }),
        random(300),
      );
    });
  }

  it('is taken out in any mixture of encodings, one for each character', () => {
    const all = Object.values(ENCODINGS);
    const piecewise = fc.array(fc.nat(all.length - 1), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(value, piecewise, (secret, choices) => {
        const text = [...secret].map((character, place) => all[choices[place % 40] ?? 0]?.(character)).join('');
        assert.ok(!redactorOf(secret).redact(text).includes(text), JSON.stringify({ secret, text }));
      }),
      random(500),
    );
  });

  it('that holds escapes itself is taken out where some of its characters are written as others', () => {
    const write = [
      (text: string) => text,
      ENCODINGS['percent throughout'],
      ENCODINGS['bytes of Python and C'],
      (text: string) => [...text].map((character) => `&#${character.charCodeAt(0)};`).join(''),
      (text: string) => [...text].map((character) => `%25${character.charCodeAt(0).toString(16)}`).join(''),
    ];
    // One in two stays as it is.
    const piecewise = fc.array(fc.nat(2 * write.length - 1), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(holdsEscapes, piecewise, (secret, choices) => {
        const text = [...secret].map((character, place) => (write[choices[place % 20] ?? 0] ?? String)(character)).join('');
        assert.ok(!redactorOf(secret).redact(text).includes(text), JSON.stringify({ secret, text }));
      }),
      random(2_000),
    );
  });

  it('is taken out where a core begins within an escape that is of the value, and goes on through another one', () => {
    const found: Readonly<Record<string, readonly string[]>> = {
      '%510abcdefgh': ['%510\\x61bcdefgh', '%510%61bcdefgh', '%510\\x61\\x62cdefgh', '%510%2561bcdefgh'],
      '%51abcdefgh': ['%51&#97;bcdefgh', '%51\\x61%2562cdefgh', '%51\\x61\\nbcdefgh', '%51\\x61\nbcdefgh'],
      'a%510abcdefgh': ['%61%510\\x61bcdefgh'],
      '\\x51abcdefgh': ['\\x51\\x61bcdefgh', '\\x51%61bcdefgh'],
      '%51%52%53xyabcd': ['%51%52%53%78yabcd', '%51%52%53%78%79abcd'],
    };
    for (const [secret, texts] of Object.entries(found)) {
      for (const text of texts) assert.equal(redactorOf(secret).redact(`<${text}>`), `<${REDACTED}>`, `${secret} in ${text}`);
    }
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
              const isLeft = left.some((part) => Buffer.from(decodeURIComponent(part), alphabet).includes(plain));
              assert.ok(!isLeft, JSON.stringify({ joined, text, cleaned }));
            }
          }
        }
      }),
      random(200),
    );
  });

  it('is taken out of hexadecimal', () => {
    fc.assert(
      fc.property(value, around, (secret, before) => {
        const written = Buffer.from(secret).toString('hex');
        const cleaned = redactorOf(secret).redact(`${before}${written} ${written.toUpperCase()}`);
        assert.ok(!cleaned.includes(written) && !cleaned.includes(written.toUpperCase()), JSON.stringify({ written, cleaned }));
      }),
      random(100),
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
