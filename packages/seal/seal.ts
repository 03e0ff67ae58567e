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
 * Seals a value for an organization, bound to the organization, the secret and the version.
 *
 * @param key of {@link verifySealingKey}; nothing else is taken.
 * @returns an envelope: what the server is sent.
 * @throws SealError `value_invalid` for a value that is empty, has more than 65,536 bytes of UTF-8 or half of
 *   a surrogate pair, for a destination that is not written as `scheme://host:port`, and for more than 50 of
 *   them; EnvelopeError `envelope_invalid` for an id that is no UUID; TypeError for a key that was not
 *   verified; Error where there is no `crypto.subtle`.
 * @example
 * ```ts
 * const key = await verifySealingKey(answer, { organizationId, signingKey: pinnedKey });
 * const envelope = await seal(key, { secretId: uuidv7(), kind: 'secret-value', value: 'correct horse' });
 * ```
 */
export async function seal(key: VerifiedSealingKey, input: ValueToSeal): Promise<SealedEnvelope> {
  return sealWith(encrypt, key, input);
}

/**
 * {@link seal} with a chosen implementation of HPKE.
 *
 * @throws as {@link seal}, and what `encryption` rejects with.
 */
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
