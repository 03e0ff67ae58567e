import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type SealingKeyFacts, sealingKeyStatement, toBase64url, uuidv7 } from '@holdfast/envelope';
import type { SignedSealingKey } from '../verify-sealing-key.ts';

/** For tests: what the data plane does when it makes an organization's key. */
export interface TestSigner {
  readonly privateKey: KeyObject;
  /** Raw, in base64url. */
  readonly signingKey: string;
}

export function testSigner(): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, signingKey: toBase64url(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)) };
}

export function signedKey(
  publicKey: Uint8Array,
  signer: TestSigner = testSigner(),
  facts: Partial<Omit<SealingKeyFacts, 'publicKey'>> = {},
): SignedSealingKey {
  const stated = { instanceId: uuidv7(), organizationId: uuidv7(), keyId: uuidv7(), generation: 1, ...facts, publicKey };
  const signature = sign(null, sealingKeyStatement(stated), signer.privateKey);
  return { ...stated, publicKey: toBase64url(publicKey), signature: toBase64url(signature), signingKey: signer.signingKey };
}
