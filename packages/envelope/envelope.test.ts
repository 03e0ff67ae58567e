import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  additionalData,
  bytesToUuid,
  decodeSealed,
  decodeValueRecord,
  ENCAPSULATION_BYTES,
  EnvelopeError,
  encodeSealed,
  encodeValueRecord,
  fingerprint,
  fromBase64url,
  PADDED_LENGTHS,
  type SealContext,
  sealingKeyStatement,
  toBase64url,
  uuidToBytes,
  uuidv7,
  VALUE_MAXIMUM_BYTES,
} from './index.ts';

const destination = fc.constantFrom(
  'https://a.example:443',
  'http://127.0.0.1:10000',
  'postgres://[::1]:5432',
  'amqps://queue.example:5671',
);
const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2_000 });

test('base64url comes back as it was, in the spelling of Node', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(toBase64url(bytes), Buffer.from(bytes).toString('base64url'));
      assert.deepEqual(fromBase64url(toBase64url(bytes)), new Uint8Array(bytes));
    }),
  );
});

for (const [why, text] of [
  ['padding', 'QQ=='],
  ['the other alphabet', '+/+/'],
  ['white space', 'QUFB\n'],
  ['unused bits that are set', 'QR'],
  ['a single character', 'Q'],
  ['a character beyond ASCII', 'QUFé'],
] as const) {
  test(`base64url with ${why} is refused`, () => assert.throws(() => fromBase64url(text), EnvelopeError));
}

test('UUIDs are version 7, carry the time, and come back from their bytes', () => {
  const before = Date.now();
  const uuid = uuidv7();
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const milliseconds = Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16);
  assert.ok(milliseconds >= before && milliseconds <= Date.now());
  assert.equal(bytesToUuid(uuidToBytes(uuid.toUpperCase())), uuid);
});

test('each UUID is greater than the one before it, within a millisecond and when the clock is set back', (t) => {
  const made = Array.from({ length: 10_000 }, uuidv7);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() - 60_000 });
  made.push(...Array.from({ length: 10 }, uuidv7));
  assert.deepEqual(made, [...new Set(made)].sort());
});

for (const text of ['', 'not-a-uuid', `${'0'.repeat(32)}`, `{${'01932c00-0000-7000-8000-000000000001'}}`]) {
  test(`"${text}" is not a UUID`, () => assert.throws(() => uuidToBytes(text), EnvelopeError));
}

test('a record comes back with its destinations sorted and each once', () => {
  fc.assert(
    fc.property(value, fc.array(destination, { maxLength: 10 }), (text, destinations) => {
      const decoded = decodeValueRecord(encodeValueRecord({ value: text, destinations }));
      assert.deepEqual(decoded, { value: text, destinations: [...new Set(destinations)].sort() });
    }),
  );
});

test('records of any two values of a bucket have the same length, and every length is a bucket', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: VALUE_MAXIMUM_BYTES }), (bytes) => {
      const length = encodeValueRecord({ value: 'a'.repeat(bytes), destinations: [] }).length;
      assert.equal(
        length,
        PADDED_LENGTHS.find((bucket) => bucket >= bytes + 6),
      );
    }),
  );
});

test('the largest value with the most and longest destinations fits the last bucket and the table', () => {
  const destinations = Array.from({ length: 50 }, (_, number) => `https://${String(number).padStart(288, 'x')}:443`);
  const record = encodeValueRecord({ value: '🔑'.repeat(VALUE_MAXIMUM_BYTES / 4), destinations });
  assert.equal(record.length, 81_920);
  const sealed = encodeSealed({
    keyId: uuidv7(),
    encapsulation: new Uint8Array(ENCAPSULATION_BYTES),
    ciphertext: new Uint8Array(record.length + 16),
  });
  assert.ok(sealed.length <= 90_000 && toBase64url(sealed).length <= 120_000);
});

test('every byte of a record counts: with any of them changed it is another record, or none', () => {
  const record = encodeValueRecord({ value: 'a value', destinations: ['https://a.example:443'] });
  const original = JSON.stringify(decodeValueRecord(record));
  for (let position = 0; position < record.length; position++) {
    const changed = record.slice();
    changed[position] = (changed[position] ?? 0) ^ 1;
    try {
      assert.notEqual(JSON.stringify(decodeValueRecord(changed)), original, `byte ${position}`);
    } catch (error) {
      assert.ok(error instanceof EnvelopeError, `byte ${position}: ${error}`);
    }
  }
});

test('arbitrary bytes are refused as a record and as an envelope with the one error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      assert.throws(() => decodeValueRecord(bytes), EnvelopeError);
      assert.throws(() => decodeSealed(bytes), EnvelopeError);
    }),
  );
});

test('a record of an unacceptable value or destination is not made, and the error does not repeat the value', () => {
  assert.throws(() => encodeValueRecord({ value: '', destinations: [] }), /cannot be empty/);
  assert.throws(
    () => encodeValueRecord({ value: 'hush', destinations: ['https://a.example'] }),
    (error: Error) => {
      assert.match(error.message, /scheme:\/\/host:port/);
      return !error.message.includes('hush');
    },
  );
  const many = Array.from({ length: 51 }, (_, number) => `https://${number}.example:443`);
  assert.throws(() => encodeValueRecord({ value: 'hush', destinations: many }), /at most 50/);
});

test('an envelope comes apart into what it was made of', () => {
  const parts = {
    keyId: uuidv7(),
    encapsulation: new Uint8Array(ENCAPSULATION_BYTES).fill(7),
    ciphertext: new Uint8Array(256 + 16).fill(9),
  };
  const bytes = encodeSealed(parts);
  assert.equal(Buffer.from(bytes.subarray(0, 5)).toString('latin1'), 'HFS1\u0001');
  assert.equal(bytes.length, 4 + 1 + 16 + 1_120 + 256 + 16);
  assert.deepEqual(decodeSealed(bytes), parts);
});

test('an envelope whose ciphertext has not the length of a padded record is not made', () => {
  const parts = { keyId: uuidv7(), encapsulation: new Uint8Array(ENCAPSULATION_BYTES), ciphertext: new Uint8Array(100) };
  assert.throws(() => encodeSealed(parts), EnvelopeError);
  assert.throws(() => encodeSealed({ ...parts, encapsulation: new Uint8Array(1_119), ciphertext: new Uint8Array(272) }), EnvelopeError);
});

test('the additional data of two contexts is the same only when the contexts are', () => {
  const context: SealContext = {
    instanceId: uuidv7(),
    organizationId: uuidv7(),
    secretId: uuidv7(),
    versionId: uuidv7(),
    keyId: uuidv7(),
    kind: 'secret-value',
  };
  const bytes = toBase64url(additionalData(context));
  assert.equal(toBase64url(additionalData({ ...context, secretId: context.secretId.toUpperCase() })), bytes);
  for (const field of ['instanceId', 'organizationId', 'secretId', 'versionId', 'keyId'] as const) {
    assert.notEqual(toBase64url(additionalData({ ...context, [field]: uuidv7() })), bytes, field);
  }
  assert.notEqual(toBase64url(additionalData({ ...context, kind: 'component-value' })), bytes);
  assert.notEqual(toBase64url(additionalData({ ...context, secretId: context.versionId, versionId: context.secretId })), bytes);
});

test('the statement of a sealing key differs with each of its facts', () => {
  const facts = { instanceId: uuidv7(), organizationId: uuidv7(), keyId: uuidv7(), generation: 1, publicKey: new Uint8Array(1_216) };
  const others = [
    facts,
    { ...facts, instanceId: uuidv7() },
    { ...facts, organizationId: uuidv7() },
    { ...facts, keyId: uuidv7() },
    { ...facts, generation: 2 },
    { ...facts, publicKey: new Uint8Array(1_216).fill(1) },
  ].map((each) => toBase64url(sealingKeyStatement(each)));
  assert.equal(new Set(others).size, others.length);
  assert.throws(() => sealingKeyStatement({ ...facts, publicKey: new Uint8Array(1_215) }), EnvelopeError);
});

test('a fingerprint is the first 128 bits of SHA-256, in eight groups of four digits', async () => {
  assert.equal(await fingerprint(new Uint8Array()), 'E3B0·C442·98FC·1C14·9AFB·F4C8·996F·B924');
});
