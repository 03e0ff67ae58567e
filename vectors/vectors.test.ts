import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { canonicalBody, genesisHash, verifyExport } from '@holdfast/audit';
import {
  additionalData,
  decodeSealed,
  decodeValueRecord,
  EnvelopeError,
  encodeValueRecord,
  fromBase64url,
  SEAL_INFO,
  toBase64url,
} from '@holdfast/envelope';
import { importOpeningKey, OpenError, openSealed } from '@holdfast/open';
import { Aes256Gcm, HkdfSha256, CipherSuite as OtherCipherSuite } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import { type AuditChainVectors, auditChainVectors } from './audit-chains.ts';
import { type SealedValueVectors, sealedValueVectors } from './sealed-values.ts';

const sealedValues: SealedValueVectors = JSON.parse(await readFile(new URL('sealed-values.json', import.meta.url), 'utf8'));
const auditChains: AuditChainVectors = JSON.parse(await readFile(new URL('audit-chains.json', import.meta.url), 'utf8'));

test('the committed vectors are what the generator writes', async () => {
  assert.deepEqual(sealedValues, await sealedValueVectors());
  assert.deepEqual(auditChains, await auditChainVectors());
});

/** Decrypts a sealed value to its padded record. */
type Decrypt = (
  privateKey: Uint8Array<ArrayBuffer>,
  encapsulation: Uint8Array<ArrayBuffer>,
  ciphertext: Uint8Array<ArrayBuffer>,
  aad: Uint8Array<ArrayBuffer>,
) => Promise<Uint8Array>;

const independent: Record<string, Decrypt> = {
  hpke: async (privateKey, encapsulation, ciphertext, aad) => {
    const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
    const key = await suite.DeserializePrivateKey(privateKey);
    return suite.Open(key, encapsulation, ciphertext, { info: SEAL_INFO, aad });
  },
  '@hpke/hybridkem-x-wing': async (privateKey, encapsulation, ciphertext, aad) => {
    const suite = new OtherCipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
    const recipientKey = await suite.kem.importKey('raw', privateKey.buffer, false);
    const opened = await suite.open(
      { recipientKey, enc: encapsulation.slice().buffer, info: SEAL_INFO.slice().buffer },
      ciphertext.slice().buffer,
      aad.buffer,
    );
    return new Uint8Array(opened);
  },
};

for (const vector of sealedValues.good) {
  test(`opens the vector "${vector.name}"`, async () => {
    const key = await importOpeningKey(fromBase64url(sealedValues.key.privateKey));
    assert.equal(key.fingerprint, sealedValues.key.fingerprint);
    const opened = await openSealed(key, vector.context, fromBase64url(vector.sealed));
    assert.deepEqual(opened, { value: vector.value, destinations: vector.destinations });
    assert.equal(toBase64url(additionalData(vector.context)), vector.additionalData);
    assert.equal(toBase64url(encodeValueRecord(vector)), vector.record);
  });

  for (const [library, decrypt] of Object.entries(independent)) {
    test(`${library} opens the vector "${vector.name}"`, async () => {
      const { encapsulation, ciphertext } = decodeSealed(fromBase64url(vector.sealed));
      const aad = fromBase64url(vector.additionalData);
      const record = await decrypt(fromBase64url(sealedValues.key.privateKey), encapsulation, ciphertext, aad);
      assert.deepEqual(decodeValueRecord(record), { value: vector.value, destinations: vector.destinations });
    });
  }
}

for (const vector of sealedValues.refused) {
  test(`refuses the vector "${vector.name}"`, async () => {
    const key = await importOpeningKey(fromBase64url(sealedValues.key.privateKey));
    const sealed = fromBase64url(vector.sealed);
    if (vector.refusedBy === 'format') assert.throws(() => decodeSealed(sealed), EnvelopeError);
    else decodeSealed(sealed);
    await assert.rejects(openSealed(key, vector.context, sealed), new OpenError());
  });
}

test('the chain of an organization begins with the genesis hash of the vectors', () => {
  assert.equal(genesisHash(auditChains.genesis.organizationId).toString('hex'), auditChains.genesis.hash);
});

for (const { event, canonical } of auditChains.bodies) {
  test(`writes the event ${event.action} as the vectors do`, () => assert.equal(canonicalBody(event), canonical));
}

for (const chain of auditChains.chains) {
  test(`finds what the vector "${chain.name}" says`, async () => {
    const { checkpoints } = chain;
    const evidence = checkpoints.length > 0 ? { checkpoints, signingKey: auditChains.signingKey } : {};
    const found = await verifyExport(chain.lines, evidence);
    const expected = chain.expected;
    if (expected.valid) assert.deepEqual({ valid: found.valid, events: found.valid && found.events }, expected);
    else
      assert.deepEqual(
        { valid: found.valid, code: !found.valid && found.code, sequence: !found.valid && found.sequence },
        { sequence: undefined, ...expected },
      );
  });
}
