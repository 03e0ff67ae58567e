import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { decodeSealed, fingerprint, fromBase64url, toBase64url, uuidv7 } from '@holdfast/envelope';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import { encryptInSoftware, encryptNatively } from './hpke-suite.ts';
import { SealError, SealingKeyError, seal, VerifiedSealingKey, verifySealingKey } from './index.ts';
import { sealWith } from './seal.ts';
import { signedKey, testSigner } from './testing/signed-key.ts';
import { verifyEd25519 } from './web-crypto.ts';

async function newPublicKey(): Promise<Uint8Array> {
  const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  return suite.SerializePublicKey((await suite.GenerateKeyPair()).publicKey);
}
const publicKey = await newPublicKey();

function verified(signed = signedKey(publicKey)) {
  return verifySealingKey(signed, { organizationId: signed.organizationId });
}

test('a key that the data plane signed is verified, with the fingerprints of both keys', async () => {
  const signer = testSigner();
  const signed = signedKey(publicKey, signer);
  const key = await verifySealingKey(signed, { signingKey: signer.signingKey, organizationId: signed.organizationId });
  assert.ok(key instanceof VerifiedSealingKey);
  assert.equal(key.fingerprint, await fingerprint(publicKey));
  assert.equal(key.signingKeyFingerprint, await fingerprint(fromBase64url(signer.signingKey)));
  assert.equal(key.signingKey, signer.signingKey);
});

const refusals: readonly [string, (signed: ReturnType<typeof signedKey>) => Partial<ReturnType<typeof signedKey>>][] = [
  ['of another instance', () => ({ instanceId: uuidv7() })],
  ['of another organization', () => ({ organizationId: uuidv7() })],
  ['with another id', () => ({ keyId: uuidv7() })],
  ['of another generation', (signed) => ({ generation: signed.generation + 1 })],
  ['exchanged for another', () => ({ publicKey: toBase64url(randomBytes(1_216)) })],
  ['signed by somebody else', () => ({ signingKey: testSigner().signingKey })],
  ['with a signature that is cut off', (signed) => ({ signature: signed.signature.slice(0, -4) })],
  ['with a signature that is not base64url', () => ({ signature: '+' })],
  ['that is cut off', (signed) => ({ publicKey: signed.publicKey.slice(0, -4) })],
  ['whose generation is no number of four bytes', () => ({ generation: -1 })],
  ['whose signing key is no point of the curve', () => ({ signingKey: toBase64url(new Uint8Array(32).fill(0xff)) })],
];
for (const [name, change] of refusals) {
  test(`a key ${name} is refused`, async () => {
    const signed = signedKey(publicKey);
    await assert.rejects(verified({ ...signed, ...change(signed) }), (error: SealingKeyError) => error.code === 'sealing_key_invalid');
  });
}

test('a key that another data plane than the pinned one signed is refused with a remedy', async () => {
  const signed = signedKey(publicKey);
  const expected = { organizationId: signed.organizationId, signingKey: testSigner().signingKey };
  await assert.rejects(verifySealingKey(signed, expected), (error: unknown) => {
    return error instanceof SealingKeyError && error.code === 'signing_key_changed' && error.remedy !== '';
  });
});

test('a well signed key of an organization that was not asked for is refused', async () => {
  await assert.rejects(
    verifySealingKey(signedKey(publicKey), { organizationId: uuidv7() }),
    (error: SealingKeyError) => error.code === 'sealing_key_of_another_organization',
  );
});

test('sealing takes no key that was not verified', async () => {
  const key = await verified();
  await assert.rejects(seal({ ...key }, { secretId: uuidv7(), kind: 'secret-value', value: 'x' }), TypeError);
  assert.throws(() => Reflect.construct(VerifiedSealingKey, [Symbol('verified'), { ...key }]), TypeError);
});

test('an envelope names the key and new ids, and its length tells only the bucket', async () => {
  const key = await verified();
  const secretId = uuidv7();
  const short = await seal(key, { secretId, kind: 'secret-value', value: 'x' });
  const longer = await seal(key, { secretId, kind: 'secret-value', value: 'x'.repeat(200), versionId: uuidv7() });
  assert.equal(short.sealed.length, longer.sealed.length);
  assert.notEqual(short.versionId, longer.versionId);
  assert.equal(decodeSealed(fromBase64url(short.sealed)).keyId, key.keyId);
  assert.deepEqual(Object.keys(short).sort(), ['keyId', 'sealed', 'secretId', 'versionId']);
});

test('the same value sealed twice has nothing in common but the header', async () => {
  const key = await verified();
  const input = { secretId: uuidv7(), versionId: uuidv7(), kind: 'secret-value', value: 'the same' } as const;
  const [one, two] = await Promise.all([seal(key, input), seal(key, input)]);
  const [first, second] = [decodeSealed(fromBase64url(one.sealed)), decodeSealed(fromBase64url(two.sealed))];
  assert.notDeepEqual(first.encapsulation.subarray(0, 32), second.encapsulation.subarray(0, 32));
  assert.notDeepEqual(first.encapsulation.subarray(-32), second.encapsulation.subarray(-32));
  assert.notDeepEqual(first.ciphertext.subarray(0, 32), second.ciphertext.subarray(0, 32));
});

for (const [why, input] of [
  ['an empty value', { value: '' }],
  ['half a character', { value: '\ud800' }],
  ['a value that is too large', { value: 'a'.repeat(65_537) }],
  ['a destination without a port', { value: 'hush', destinations: ['https://a.example'] }],
] as const) {
  test(`${why} is refused before anything is sealed`, async () => {
    const key = await verified();
    await assert.rejects(seal(key, { secretId: uuidv7(), kind: 'secret-value', ...input }), SealError);
  });
}

for (const [name, encryption] of [
  ['natively', encryptNatively],
  ['in software', encryptInSoftware],
] as const) {
  test(`a value sealed ${name} is opened by hpke`, async () => {
    const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
    const pair = await suite.GenerateKeyPair();
    const key = await verified(signedKey(await suite.SerializePublicKey(pair.publicKey)));
    let bound: Parameters<typeof encryption>[2] | undefined;
    const recording: typeof encryption = (publicKeyBytes, plaintext, given) => {
      bound = given;
      return encryption(publicKeyBytes, plaintext, given);
    };
    const envelope = await sealWith(recording, key, { secretId: uuidv7(), kind: 'secret-value', value: 'hello' });
    const { encapsulation, ciphertext } = decodeSealed(fromBase64url(envelope.sealed));
    const record = await suite.Open(pair, encapsulation, ciphertext, bound);
    assert.equal(Buffer.from(record.subarray(4, 9)).toString(), 'hello');
  });
}

test('the plaintext record is overwritten once it is sealed, and when sealing fails', async () => {
  const key = await verified();
  const records: Uint8Array[] = [];
  const keepingThen = (then: typeof encryptNatively): typeof encryptNatively => {
    return async (bytes, record, bound) => {
      records.push(record);
      return then(bytes, record, bound);
    };
  };
  const input = { secretId: uuidv7(), kind: 'secret-value', value: 'hello' } as const;
  await sealWith(keepingThen(encryptNatively), key, input);
  await assert.rejects(
    sealWith(
      keepingThen(() => Promise.reject(new Error('no'))),
      key,
      input,
    ),
  );
  assert.ok(records.length === 2 && records.every((record) => record.every((byte) => byte === 0)));
});

test('where WebCrypto has no Ed25519, signatures are verified in software, and wrong ones refused', async (context) => {
  const signer = testSigner();
  const signed = signedKey(publicKey, signer);
  context.mock.method(crypto.subtle, 'importKey', async () => {
    throw new DOMException('Unrecognized name.', 'NotSupportedError');
  });
  await verified(signed);
  await assert.rejects(verified({ ...signed, keyId: uuidv7() }), SealingKeyError);
  const none = new Uint8Array(64);
  assert.equal(await verifyEd25519(new Uint8Array(32).fill(0xff), none, none), false);
});

test('sealing on a page that was not loaded securely says so', async (context) => {
  const signed = signedKey(publicKey);
  context.mock.getter(globalThis.crypto, 'subtle', () => undefined as never);
  await assert.rejects(verified(signed), /over https, or on localhost/);
});
