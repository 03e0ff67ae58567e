import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { fingerprint, fromBase64url, type SealContext, uuidv7 } from '@holdfast/envelope';
import { seal, verifySealingKey } from '@holdfast/seal';
import { signedKey } from '@holdfast/seal/testing';
import fc from 'fast-check';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import { discardOpeningKey, generateOrganizationKey, importOpeningKey, OpenError, openSealed } from './index.ts';

async function organization() {
  const { publicKey, privateKey } = await generateOrganizationKey();
  const signed = signedKey(publicKey);
  const sealingKey = await verifySealingKey(signed, { organizationId: signed.organizationId });
  const openingKey = await importOpeningKey(privateKey);
  return {
    publicKey,
    privateKey,
    sealingKey,
    openingKey,
    async sealed(value: string, destinations: readonly string[] = []) {
      const { secretId, versionId, sealed } = await seal(sealingKey, { secretId: uuidv7(), kind: 'secret-value', value, destinations });
      const { instanceId, organizationId, keyId } = sealingKey;
      const context: SealContext = { instanceId, organizationId, keyId, secretId, versionId, kind: 'secret-value' };
      return { context, bytes: fromBase64url(sealed) };
    },
  };
}

test('whatever is sealed opens to the same value and destinations', async () => {
  const { sealed, openingKey } = await organization();
  const destinations = fc.uniqueArray(fc.constantFrom('https://a.example:443', 'https://b.example:443', 'redis://c:1'));
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 500 }), destinations, async (value, named) => {
      const { context, bytes } = await sealed(value, named);
      assert.deepEqual(await openSealed(openingKey, context, bytes), { value, destinations: [...named].sort() });
    }),
    { numRuns: 50 },
  );
});

test('the largest value opens, byte order marks and line ends stay as they are', async () => {
  const { sealed, openingKey } = await organization();
  for (const value of ['\ufeffmark', 'a\r\nb\n', 'x'.repeat(65_536), '🔑'.repeat(16_384)]) {
    const { context, bytes } = await sealed(value);
    assert.equal((await openSealed(openingKey, context, bytes)).value, value);
  }
});

test('an envelope with any byte changed is refused', async () => {
  const { sealed, openingKey } = await organization();
  const { context, bytes } = await sealed('do not touch');
  for (let position = 0; position < bytes.length; position++) {
    for (const bits of [0x01, 0x80]) {
      const changed = bytes.slice();
      changed[position] = (changed[position] ?? 0) ^ bits;
      await assert.rejects(openSealed(openingKey, context, changed), new OpenError(), `byte ${position}, bits ${bits}`);
    }
  }
  assert.equal((await openSealed(openingKey, context, bytes)).value, 'do not touch');
});

test('an envelope of any other length is refused', async () => {
  const { sealed, openingKey } = await organization();
  const { context, bytes } = await sealed('do not cut');
  for (const length of [0, 1, 4, 21, 1_141, bytes.length - 256, bytes.length - 1]) {
    await assert.rejects(openSealed(openingKey, context, bytes.subarray(0, length)), OpenError);
  }
  await assert.rejects(openSealed(openingKey, context, Buffer.concat([bytes, new Uint8Array(256)])), OpenError);
});

test('an envelope moved to another instance, organization, secret, version, key or kind is refused', async () => {
  const { sealed, openingKey } = await organization();
  const { context, bytes } = await sealed('do not move');
  for (const field of ['instanceId', 'organizationId', 'secretId', 'versionId', 'keyId'] as const) {
    await assert.rejects(openSealed(openingKey, { ...context, [field]: uuidv7() }, bytes), new OpenError(), field);
  }
  await assert.rejects(openSealed(openingKey, { ...context, kind: 'component-value' }, bytes), new OpenError());
});

test('of two envelopes neither opens in the place of the other', async () => {
  const { sealed, openingKey } = await organization();
  const [one, two] = [await sealed('one'), await sealed('two')];
  await assert.rejects(openSealed(openingKey, one.context, two.bytes), OpenError);
  await assert.rejects(openSealed(openingKey, two.context, one.bytes), OpenError);
});

test("another organization's key does not open it", async () => {
  const [ours, theirs] = [await organization(), await organization()];
  const { context, bytes } = await ours.sealed('ours');
  await assert.rejects(openSealed(theirs.openingKey, context, bytes), OpenError);
});

test('every failure looks the same', async () => {
  const { sealed, openingKey } = await organization();
  const { context, bytes } = await sealed('secret text');
  const failures = await Promise.allSettled([
    openSealed(openingKey, context, new Uint8Array(3)),
    openSealed(openingKey, { ...context, secretId: uuidv7() }, bytes),
    openSealed(openingKey, { ...context, secretId: 'not a uuid' }, bytes),
    openSealed({ fingerprint: openingKey.fingerprint, publicKey: openingKey.publicKey }, context, bytes),
  ]);
  const printed = failures.map((failure) => {
    assert.equal(failure.status, 'rejected');
    const { name, message, code, cause } = failure.reason;
    return JSON.stringify({ name, message, code, cause });
  });
  assert.equal(new Set(printed).size, 1);
});

test('the public key is what hpke derives from the same private key', async () => {
  const { publicKey, privateKey } = await generateOrganizationKey();
  const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  const recipient = await suite.DeserializePrivateKey(privateKey);
  const theirs = await suite.Seal(await suite.DeserializePublicKey(publicKey), new Uint8Array([1, 2, 3]));
  assert.deepEqual(await suite.Open(recipient, theirs.encapsulatedSecret, theirs.ciphertext), new Uint8Array([1, 2, 3]));
  assert.deepEqual([publicKey.length, privateKey.length], [1_216, 32]);
});

test('an opening key can be printed in every way without showing what it is made of', async () => {
  const { privateKey, publicKey, openingKey } = await organization();
  const printed = [inspect(openingKey, { depth: 9, showHidden: true, getters: true }), String(openingKey), JSON.stringify(openingKey)];
  for (const text of printed) {
    assert.ok(text.includes(await fingerprint(publicKey)));
    assert.ok(!text.includes(Buffer.from(privateKey).toString('hex')) && !text.includes(Buffer.from(privateKey).toString('base64url')));
  }
  assert.deepEqual(Reflect.ownKeys(openingKey), ['fingerprint', 'publicKey']);
  assert.deepEqual(structuredClone({ ...openingKey }), { fingerprint: openingKey.fingerprint, publicKey });
});

test('the bytes of a private key may be overwritten once it is imported', async () => {
  const { sealed, privateKey, sealingKey } = await organization();
  const { context, bytes } = await sealed('still opens');
  const copy = privateKey.slice();
  const key = await importOpeningKey(copy);
  copy.fill(0);
  assert.equal(key.fingerprint, sealingKey.fingerprint);
  assert.equal((await openSealed(key, context, bytes)).value, 'still opens');
});

test('a private key of another length is refused', async () => {
  await assert.rejects(importOpeningKey(randomBytes(31)), RangeError);
});

test('a key that was discarded opens nothing any more', async () => {
  const { sealed, openingKey } = await organization();
  const { context, bytes } = await sealed('a value');
  assert.equal((await openSealed(openingKey, context, bytes)).value, 'a value');
  discardOpeningKey(openingKey);
  discardOpeningKey(openingKey);
  await assert.rejects(openSealed(openingKey, context, bytes), new OpenError());
});

test('values that are opened together open as they do alone, and each that was changed is refused', async () => {
  const { sealed, openingKey } = await organization();
  const made = await Promise.all(Array.from({ length: 40 }, (_, number) => sealed(`value ${number}`, ['https://a.example:443'])));
  const opened = await Promise.allSettled(
    made.map(({ context, bytes }, number) => {
      // In the ML-KEM ciphertext, the X25519 share and the value by turns.
      const at = [100, 1_130, bytes.length - 20][number % 3] ?? 0;
      if (number % 2 === 1) bytes[at] = (bytes[at] ?? 0) ^ 1;
      return openSealed(openingKey, context, bytes);
    }),
  );
  for (const [number, outcome] of opened.entries()) {
    if (number % 2 === 1) assert.deepEqual(outcome, { status: 'rejected', reason: new OpenError() });
    else assert.deepEqual(outcome, { status: 'fulfilled', value: { value: `value ${number}`, destinations: ['https://a.example:443'] } });
  }
});
