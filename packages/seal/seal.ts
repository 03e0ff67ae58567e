import {
  additionalData,
  encodeSealed,
  encodeValueRecord,
  namedDestinations,
  SEAL_INFO,
  toBase64url,
  uuidv7,
  type ValueKind,
} from '@holdfast/envelope';
import { type Encrypt, encrypt } from './hpke-suite.ts';
import { VerifiedSealingKey } from './verify-sealing-key.ts';
import { requireWebCrypto } from './web-crypto.ts';

/** The value or a destination cannot be sealed; the message says why and holds no part of the value. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code = 'value_invalid';
}

export interface ValueToSeal {
  /** The secret's id: a new one from `uuidv7()` for a new secret, the existing one for a new version. */
  readonly secretId: string;
  /** Default: a new id. */
  readonly versionId?: string;
  readonly kind: ValueKind;
  /** 1 to 65,536 bytes of UTF-8. */
  readonly value: string;
  /**
   * Where the value may be sent, as `scheme://host:port`. It is sealed with the value, so that nobody widens
   * it later. An empty list means any that is approved. Default: the destinations that the value itself
   * names.
   */
  readonly destinations?: readonly string[];
}

/** What is sent to the server. `sealed` is base64url. */
export interface SealedEnvelope {
  readonly secretId: string;
  readonly versionId: string;
  readonly keyId: string;
  readonly sealed: string;
}

/**
 * Seals a value for an organization, bound to the organization, the secret and the version. Throws {@link
 * SealError} when the value or a destination is not acceptable.
 */
export async function seal(key: VerifiedSealingKey, input: ValueToSeal): Promise<SealedEnvelope> {
  return sealWith(encrypt, key, input);
}

/** {@link seal} with a chosen implementation of HPKE. */
export async function sealWith(encryption: Encrypt, key: VerifiedSealingKey, input: ValueToSeal): Promise<SealedEnvelope> {
  if (!(key instanceof VerifiedSealingKey)) throw new TypeError('seal takes a key that verifySealingKey has checked.');
  requireWebCrypto();
  const versionId = input.versionId ?? uuidv7();
  const aad = additionalData({ ...key, secretId: input.secretId, versionId, kind: input.kind });
  const record = recordOf(input);
  try {
    const { encapsulation, ciphertext } = await encryption(key.publicKey, record, { info: SEAL_INFO, aad });
    const sealed = encodeSealed({ keyId: key.keyId, encapsulation, ciphertext });
    return { secretId: input.secretId, versionId, keyId: key.keyId, sealed: toBase64url(sealed) };
  } finally {
    record.fill(0);
  }
}

function recordOf(input: ValueToSeal): Uint8Array {
  try {
    return encodeValueRecord({ value: input.value, destinations: input.destinations ?? namedDestinations(input.value) });
  } catch (error) {
    if (error instanceof RangeError) throw new SealError(error.message);
    throw error;
  }
}
