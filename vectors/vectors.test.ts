import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  canonicalBody,
  entryHash,
  LogTree,
  verifierKey,
  verifyCheckpoint,
  verifyConsistency,
  verifyEntryProof,
  verifyExport,
  verifyInclusion,
} from '@holdfast/audit';
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
import { type AuditLogVectors, auditLogVectors } from './audit-logs.ts';
import { type SealedValueVectors, sealedValueVectors } from './sealed-values.ts';

const sealedValues: SealedValueVectors = JSON.parse(await readFile(new URL('sealed-values.json', import.meta.url), 'utf8'));
const auditLogs: AuditLogVectors = JSON.parse(await readFile(new URL('audit-logs.json', import.meta.url), 'utf8'));

test('the committed vectors are what the generator writes', async () => {
  assert.deepEqual(sealedValues, await sealedValueVectors());
  assert.deepEqual(auditLogs, await auditLogVectors());
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

for (const { event, canonical } of auditLogs.bodies) {
  test(`writes the event ${event.action} as the vectors do`, () => assert.equal(canonicalBody(event), canonical));
}

const { log, signingKey } = auditLogs;
const fromBase64 = (texts: readonly string[]) => texts.map((text) => Buffer.from(text, 'base64'));
const roots = fromBase64(auditLogs.roots);
const headOf = (size: number) => ({ size, root: roots[size] ?? Buffer.alloc(0) });

test('hashes the entries, and comes to the roots, as the vectors do', () => {
  const tree = new LogTree();
  assert.deepEqual(tree.root(), roots[0]);
  for (const { leafHash, ...entry } of auditLogs.entries) {
    const hash = entryHash(log.organizationId, entry);
    assert.equal(hash.toString('base64'), leafHash);
    tree.append(hash);
    assert.deepEqual(tree.root(), roots[entry.sequence]);
  }
  assert.equal(verifierKey(log, Buffer.from(signingKey, 'base64url')), auditLogs.verifierKey);
});

test('accepts the proofs that the vectors call valid, and no other', () => {
  for (const { size, sequence, proof, valid } of auditLogs.inclusions) {
    const leaf = Buffer.from(auditLogs.entries[sequence - 1]?.leafHash ?? '', 'base64');
    assert.equal(verifyInclusion(leaf, sequence - 1, headOf(size), fromBase64(proof)), valid, `${sequence} in ${size}`);
  }
  for (const { from, to, proof, valid } of auditLogs.consistencies) {
    assert.equal(verifyConsistency(headOf(from), headOf(to), fromBase64(proof)), valid, `${from} to ${to}`);
  }
});

for (const { name, note, refusedBy, size } of auditLogs.checkpoints) {
  test(`finds what the vectors say of the checkpoint ${name}`, () => {
    if (refusedBy === undefined) assert.equal(verifyCheckpoint(note, signingKey).size, size);
    else assert.throws(() => verifyCheckpoint(note, signingKey), { code: 'checkpoint_invalid' });
  });
}

for (const { name, file, expected } of auditLogs.proofs) {
  test(`finds what the vectors say of the proof ${name}`, () => {
    const found = verifyEntryProof(file, [signingKey]);
    assert.equal(found.valid ? 'valid' : found.code, expected);
  });
}

for (const { name, lines, checkpoints, expected } of auditLogs.exports) {
  test(`finds what the vectors say of the export "${name}"`, async () => {
    const found = await verifyExport(lines, { checkpoints, signingKeys: [signingKey] });
    if (found.valid) assert.deepEqual({ valid: true, size: found.size, proven: found.proven?.size ?? null }, expected);
    else assert.deepEqual({ valid: false, code: found.code, ...(found.entries && { entries: found.entries }) }, expected);
  });
}
