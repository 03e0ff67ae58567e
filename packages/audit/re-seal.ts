import { type KeyObject, verify } from 'node:crypto';
import { ed25519PublicKey } from './ed25519-public-key.ts';

/** One version of a secret, sealed again: the same value, other bytes, under the organization's next key. */
export interface ReSeal {
  readonly instanceId: string;
  readonly organizationId: string;
  readonly secretId: string;
  readonly versionId: string;
  /** The key that it is sealed under from now on. */
  readonly keyId: string;
  /** base64url SHA-256 of the sealed bytes before. */
  readonly formerHash: string;
  /** base64url SHA-256 of the sealed bytes from now on. */
  readonly ciphertextHash: string;
}

/** Whether one of the trusted signing keys signed these facts. */
export type ReSealCheck = (facts: Omit<ReSeal, 'instanceId' | 'organizationId'>, signature: string) => boolean;

/**
 * The bytes that the data plane's signing key signs (Ed25519): eight lines without a line break at the end,
 *   holdfast/re-seal/v1 LF instance LF organization LF secret LF version LF key LF former hash LF new hash
 *
 * @throws RangeError when a field holds a line break, which would let two re-seals share their bytes.
 */
export function reSealBytes({ instanceId, organizationId, secretId, versionId, keyId, formerHash, ciphertextHash }: ReSeal): Buffer {
  const fields = [instanceId, organizationId, secretId, versionId, keyId, formerHash, ciphertextHash];
  if (fields.some((field) => field.includes('\n'))) throw new RangeError('A field of a re-seal holds a line break.');
  return Buffer.from(['holdfast/re-seal/v1', ...fields].join('\n'), 'utf8');
}

/**
 * A check of the re-seals of one log. Only the data plane can open a value and seal it again, so only its
 * signature says that the bytes hold what they held before; the name of a database role does not.
 *
 * @param signingKeys raw Ed25519, base64url.
 */
export function createReSealCheck(log: {
  readonly instanceId: string;
  readonly organizationId: string;
  readonly signingKeys: readonly string[];
}): ReSealCheck {
  let keys: KeyObject[] | undefined;
  return (facts, signature) => {
    const bytes = Buffer.from(signature, 'base64url');
    if (bytes.length !== 64 || bytes.toString('base64url') !== signature) return false;
    try {
      keys ??= log.signingKeys.map((raw) => ed25519PublicKey(Buffer.from(raw, 'base64url')));
      const statement = reSealBytes({ instanceId: log.instanceId, organizationId: log.organizationId, ...facts });
      return keys.some((key) => verify(null, statement, key, bytes));
    } catch {
      // A key that is none, or fields that cannot have been signed.
      return false;
    }
  };
}
