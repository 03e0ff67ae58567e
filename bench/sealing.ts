import {
  createCipheriv,
  createDecipheriv,
  createHash,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { fromBase64url, type SealContext, sealingKeyStatement, toBase64url, uuidv7 } from '@holdfast/envelope';
import { generateOrganizationKey, importOpeningKey, openSealed } from '@holdfast/open';
import { seal, verifySealingKey } from '@holdfast/seal';
import { type Comparison, compare } from './measure.ts';

/** A value such as people have: an Azure connection string. */
const VALUE = `DefaultEndpointsProtocol=https;AccountName=example;AccountKey=${randomBytes(64).toString('base64')};EndpointSuffix=core.windows.net`;

/**
 * Sealing and opening beside the bare cryptography: one ML-KEM-768 operation, one X25519 agreement, one hash, one
 * HKDF and one AES-256-GCM, from node:crypto, without keys schedules, records, padding or checks.
 */
export async function measureSealing(): Promise<Comparison[]> {
  const organization = await generateOrganizationKey();
  const signing = generateKeyPairSync('ed25519');
  const facts = { instanceId: uuidv7(), organizationId: uuidv7(), keyId: uuidv7(), generation: 1, publicKey: organization.publicKey };
  const key = await verifySealingKey(
    {
      ...facts,
      publicKey: toBase64url(organization.publicKey),
      signature: toBase64url(sign(null, sealingKeyStatement(facts), signing.privateKey)),
      signingKey: toBase64url(signing.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
    },
    { organizationId: facts.organizationId },
  );
  const opening = await importOpeningKey(organization.privateKey);
  const envelope = await seal(key, { secretId: uuidv7(), kind: 'secret-value', value: VALUE });
  const context: SealContext = { ...facts, secretId: envelope.secretId, versionId: envelope.versionId, kind: 'secret-value' };
  const sealed = fromBase64url(envelope.sealed);
  const bare = bareCryptography();
  return [
    await compare(
      'seal a connection string (Node)',
      () => seal(key, { secretId: uuidv7(), kind: 'secret-value', value: VALUE }),
      'bare cryptography',
      bare.seal,
    ),
    await compare('open it', () => openSealed(opening, context, sealed), 'bare cryptography', bare.open),
  ];
}

function bareCryptography() {
  const lattice = generateKeyPairSync('ml-kem-768');
  const curve = generateKeyPairSync('x25519');
  const value = Buffer.from(VALUE);
  const keyOf = (...secrets: Buffer[]) => Buffer.from(hkdfSync('sha256', Buffer.concat(secrets), Buffer.alloc(0), 'bench', 44));
  const combine = (first: Buffer, second: Buffer) => createHash('sha3-256').update(first).update(second).digest();
  const sealOnce = (): { ciphertext: Buffer; latticeCiphertext: Buffer; share: KeyObject } => {
    const { sharedKey, ciphertext: latticeCiphertext } = encapsulate(lattice.publicKey);
    const own = generateKeyPairSync('x25519');
    const agreed = diffieHellman({ privateKey: own.privateKey, publicKey: curve.publicKey });
    const bytes = keyOf(combine(sharedKey, agreed));
    const cipher = createCipheriv('aes-256-gcm', bytes.subarray(0, 32), bytes.subarray(32));
    return {
      ciphertext: Buffer.concat([cipher.update(value), cipher.final(), cipher.getAuthTag()]),
      latticeCiphertext,
      share: own.publicKey,
    };
  };
  const { ciphertext, latticeCiphertext, share } = sealOnce();
  const openOnce = () => {
    const shared = decapsulate(lattice.privateKey, latticeCiphertext);
    const agreed = diffieHellman({ privateKey: curve.privateKey, publicKey: share });
    const bytes = keyOf(combine(shared, agreed));
    const decipher = createDecipheriv('aes-256-gcm', bytes.subarray(0, 32), bytes.subarray(32));
    decipher.setAuthTag(ciphertext.subarray(-16));
    return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()]);
  };
  return { seal: sealOnce, open: openOnce };
}
