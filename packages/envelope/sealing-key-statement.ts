import { lengthPrefixed, unsigned, utf8 } from './byte-layout.ts';
import { EnvelopeError } from './envelope-error.ts';
import { uuidToBytes } from './identifiers.ts';

/** ML-KEM-768 encapsulation key (1,184 bytes), then the X25519 public key (32 bytes). */
export const PUBLIC_KEY_BYTES = 1_216;

export interface SealingKeyFacts {
  readonly instanceId: string;
  readonly organizationId: string;
  readonly keyId: string;
  /** 1 for an organization's first key, one more for each that replaces it. */
  readonly generation: number;
  readonly publicKey: Uint8Array;
}

/**
 * The bytes that the data plane signs (Ed25519, RFC 8032) to say whose sealing key this is.
 *
 * @throws EnvelopeError `envelope_invalid` when the public key has other than 1,216 bytes, or an id is no
 *   UUID; RangeError for a generation that does not fit into 4 bytes.
 */
export function sealingKeyStatement(facts: SealingKeyFacts): Uint8Array<ArrayBuffer> {
  if (facts.publicKey.length !== PUBLIC_KEY_BYTES) throw new EnvelopeError();
  return lengthPrefixed([
    utf8('holdfast/sealing-key/v1'),
    uuidToBytes(facts.instanceId),
    uuidToBytes(facts.organizationId),
    uuidToBytes(facts.keyId),
    unsigned(facts.generation, 4),
    facts.publicKey,
  ]);
}

const FINGERPRINT_BYTES = 16;

/**
 * A public key's fingerprint for people to compare: the first 128 bits of its SHA-256 in eight groups, as
 * `7F3A·91C2·…`. So many, because a key whose first 64 bits are somebody else's can be searched for. Programs
 * compare or pin whole keys instead. Needs `crypto.subtle`, which browsers offer over https and on localhost
 * only.
 */
export async function fingerprint(publicKey: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(publicKey)));
  const digits = Array.from(digest.subarray(0, FINGERPRINT_BYTES), (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');
  return digits.replace(/(.{4})(?!$)/g, '$1·');
}

/**
 * Whether two fingerprints are the same, however they are separated and in whichever case somebody typed
 * them.
 */
export function sameFingerprint(one: string, other: string): boolean {
  const digits = (text: string) => text.replace(/[^0-9a-f]/gi, '').toUpperCase();
  return digits(one) === digits(other);
}
