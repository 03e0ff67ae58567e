import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createValueRedactor, REDACTED } from './redactor.ts';
import { ValueFoundError } from './stream.ts';
import { around, ENCODINGS, tricky, value } from './testing/encodings.ts';
import { random } from './testing/random.ts';

const base64 = (text: string) => Buffer.from(`user:${text}`).toString('base64');
const writings = [...Object.values(ENCODINGS), base64, (text: string) => Buffer.from(text).toString('hex')];
/** A text with the value in several forms, and what could be taken for the beginning of one. */
const texts = fc
  .record({
    secret: value,
    parts: fc.array(fc.record({ before: around, edge: tricky, writing: fc.nat(writings.length), cutOff: fc.nat(400) }), {
      minLength: 1,
      maxLength: 5,
    }),
  })
  .map(({ secret, parts }) => ({
    secret,
    bytes: Buffer.concat(
      parts.map(({ before, edge, writing, cutOff }) => {
        const written = Buffer.from(writings[writing]?.(secret) ?? '');
        return Buffer.concat([Buffer.from(before + edge), written.subarray(0, cutOff > 200 ? written.length : cutOff)]);
      }),
    ),
  }));
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });

function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const length = lengths[piece % lengths.length] ?? 1;
    // Memory that is used again, as a socket's may be.
    const copy = Uint8Array.from(bytes.subarray(at, at + length));
    yield copy;
    copy.fill(0x2a);
    at += length;
  }
}

function redactorOf(...values: string[]) {
  const redactor = createValueRedactor();
  for (const each of values) redactor.protect(each);
  return redactor;
}

function through(redactor: ReturnType<typeof redactorOf>, pieces: Iterable<Uint8Array>): Buffer {
  const stream = redactor.redactStream();
  const out: Uint8Array[] = [];
  for (const piece of pieces) out.push(Uint8Array.from(stream.push(piece)));
  return Buffer.concat([...out, stream.flush()]);
}

async function passedOn(pieces: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; error?: unknown }> {
  const passed: Uint8Array[] = [];
  try {
    for await (const piece of pieces) passed.push(Uint8Array.from(piece));
  } catch (error) {
    return { bytes: Buffer.concat(passed), error };
  }
  return { bytes: Buffer.concat(passed) };
}

describe('bytes that come in pieces', () => {
  it('lose the same values as in one piece, wherever they are cut', () => {
    fc.assert(
      fc.property(texts, sizes, ({ secret, bytes }, lengths) => {
        const redactor = redactorOf(secret, 'another value');
        assert.deepEqual(through(redactor, cut(bytes, lengths)), Buffer.from(redactor.redactBytes(bytes)));
      }),
      // Found once: a value without a letter or digit, which begins again within itself.
      { ...random(3_000), examples: [[{ secret: '%%%%%%%%', bytes: Buffer.from('%%%%%%%%%a%') }, [1]]] },
    );
  });

  it('lose a value of 64 KiB that comes byte by byte, in every encoding that grows most', () => {
    const secret = 'k&"é'.repeat(4_000);
    for (const written of [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(JSON.stringify(secret)),
      Buffer.from(secret).toString('hex'),
    ]) {
      const out = through(redactorOf(secret), cut(Buffer.from(`<${written}>`), [1])).toString();
      assert.ok(out.includes(REDACTED) && out.length < 100, out.slice(0, 200));
    }
  });

  it('are passed on at once where no value can begin, and held back no further than one may reach', () => {
    const stream = redactorOf('correct horse battery staple').redactStream();
    assert.equal(Buffer.from(stream.push(Buffer.from('nothing here'))).toString(), 'nothing here');
    assert.equal(Buffer.from(stream.push(Buffer.from('it is correct%20hor'))).toString(), 'it is ');
    assert.equal(Buffer.from(stream.push(Buffer.from('ses are fast'))).toString(), 'correct%20horses are fast');
    assert.equal(Buffer.from(stream.push(Buffer.from('correct horse'))).toString(), '');
    assert.equal(Buffer.from(stream.flush()).toString(), 'correct horse');
  });

  it('are withheld from where they are made to take long', () => {
    const redactor = redactorOf('\\'.repeat(2_000));
    const stream = redactor.redactStream();
    let out = 0;
    for (let piece = 0; piece < 64; piece++) out += stream.push(Buffer.from(`${'\\'.repeat(1_001)}x${'\\\\u005c'.repeat(400)}`)).length;
    out += stream.flush().length;
    assert.ok(out < 64 * 3_802);
  });
});

describe('a document', () => {
  it('is passed on as it is when it does not hold the value, and else fails before a byte of it', async () => {
    await fc.assert(
      fc.asyncProperty(texts, sizes, async ({ secret, bytes }, lengths) => {
        const redactor = redactorOf(secret);
        const { bytes: passed, error } = await passedOn(redactor.refuseIn(cut(bytes, lengths)));
        const redacted = Buffer.from(redactor.redactBytes(bytes));
        if (redacted.equals(bytes)) {
          assert.equal(error, undefined);
          assert.deepEqual(passed, bytes);
        } else {
          assert.ok(error instanceof ValueFoundError);
          assert.deepEqual(passed, bytes.subarray(0, passed.length));
          assert.deepEqual(passed, redacted.subarray(0, passed.length));
        }
      }),
      random(1_000),
    );
  });

  it('that is what it should be comes out byte by byte, without a value to look for', async () => {
    const bytes = Buffer.from([0, 255, 37, 92, 38, 43, 13, 10]);
    assert.deepEqual((await passedOn(createValueRedactor().refuseIn([bytes]))).bytes, bytes);
  });
});
