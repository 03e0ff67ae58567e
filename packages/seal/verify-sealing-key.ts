import { EnvelopeError, fingerprint, fromBase64url, PUBLIC_KEY_BYTES, sealingKeyStatement, toBase64url } from '@holdfast/envelope';
import { requireWebCrypto, verifyEd25519 } from './web-crypto.ts';

/** An organization's public key as the control plane answers it; bytes in base64url. */
export interface SignedSealingKey {
  readonly instanceId: string;
  readonly organizationId: string;
  readonly keyId: string;
  readonly generation: number;
  readonly publicKey: string;
  readonly signature: string;
  readonly signingKey: string;
}

/**
 * Do not seal for this key. `signing_key_changed` is what an impostor, or a restored instance, looks like;
 * `sealing_key_older` what a key looks like that was rotated away and is shown again.
 */
export class SealingKeyError extends Error {
  override readonly name = 'SealingKeyError';
  readonly code: 'sealing_key_invalid' | 'signing_key_changed' | 'sealing_key_of_another_organization' | 'sealing_key_older';
  readonly remedy: string;

  constructor(code: SealingKeyError['code'], message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

const verified = Symbol('verified');
type Facts = { readonly [Field in keyof VerifiedSealingKey]: VerifiedSealingKey[Field] };

/**
 * A sealing key whose signature was checked. Only {@link verifySealingKey} makes one, and {@link seal} takes
 * nothing else.
 */
export class VerifiedSealingKey {
  readonly instanceId: string;
  readonly organizationId: string;
  readonly keyId: string;
  readonly generation: number;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Of the public key, as shown to people. */
  readonly fingerprint: string;
  /** The data plane's Ed25519 key in base64url: pin this. */
  readonly signingKey: string;
  readonly signingKeyFingerprint: string;

  constructor(proof: typeof verified, facts: Facts) {
    if (proof !== verified) throw new TypeError('Only verifySealingKey makes a VerifiedSealingKey.');
    this.instanceId = facts.instanceId;
    this.organizationId = facts.organizationId;
    this.keyId = facts.keyId;
    this.generation = facts.generation;
    this.publicKey = facts.publicKey;
    this.fingerprint = facts.fingerprint;
    this.signingKey = facts.signingKey;
    this.signingKeyFingerprint = facts.signingKeyFingerprint;
    Object.freeze(this);
  }
}

/** A sealing key that was seen before, of which nothing older is taken afterwards. */
export interface SeenSealingKey {
  readonly generation: number;
  readonly keyId: string;
}

/**
 * Checks that the data plane signed this key for the organization that is meant and, when `expected` says so,
 * that it is the data plane that was pinned before (`signingKey` in base64url). `organizationId` must come
 * from somewhere else than this answer: a server could show another organization's key, which is signed as
 * well. `seen` is the newest key of the organization that the caller knows: an older one may be destroyed, or
 * in a thief's hands.
 *
 * @throws SealingKeyError `signing_key_changed`, `sealing_key_of_another_organization`, `sealing_key_invalid`
 *   when it is malformed or not signed, `sealing_key_older`; Error where there is no `crypto.subtle`.
 * @example
 * ```ts
 * const key = await verifySealingKey(answer, { organizationId, signingKey: pinnedKey, seen: newestSeen });
 * ```
 */
export async function verifySealingKey(
  key: SignedSealingKey,
  expected: { readonly organizationId: string; readonly signingKey?: string; readonly seen?: SeenSealingKey },
): Promise<VerifiedSealingKey> {
  requireWebCrypto();
  const { publicKey, signature, signingKey, statement } = readKey(key);
  if (expected.signingKey !== undefined && expected.signingKey !== key.signingKey) {
    throw new SealingKeyError(
      'signing_key_changed',
      'The data plane signs with another key than the one that was trusted before.',
      'Ask the operator whether the instance was restored or its signing key replaced. Trust the new key only after comparing its fingerprint with the one that "holdfast start" prints on the server.',
    );
  }
  if (expected.organizationId.toLowerCase() !== key.organizationId.toLowerCase()) throw otherOrganization();
  if (!(await verifyEd25519(signingKey, signature, statement))) throw invalidKey();
  if (expected.seen !== undefined) refuseOlder(key, expected.seen);
  return new VerifiedSealingKey(verified, {
    instanceId: key.instanceId.toLowerCase(),
    organizationId: key.organizationId.toLowerCase(),
    keyId: key.keyId.toLowerCase(),
    generation: key.generation,
    publicKey,
    fingerprint: await fingerprint(publicKey),
    signingKey: toBase64url(signingKey),
    signingKeyFingerprint: await fingerprint(signingKey),
  });
}

function readKey(key: SignedSealingKey) {
  try {
    const publicKey = fromBase64url(key.publicKey);
    const signature = fromBase64url(key.signature);
    const signingKey = fromBase64url(key.signingKey);
    if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== 64 || signingKey.length !== 32) throw invalidKey();
    return { publicKey, signature, signingKey, statement: sealingKeyStatement({ ...key, publicKey }) };
  } catch (error) {
    throw error instanceof EnvelopeError || error instanceof RangeError ? invalidKey() : error;
  }
}

/**
 * Two keys of one generation are of an instance before and after a restore: which is the newer one nobody can
 * tell from here.
 */
function refuseOlder(key: SignedSealingKey, seen: SeenSealingKey): void {
  const isSeen = key.keyId.toLowerCase() === seen.keyId;
  if (key.generation > seen.generation || (key.generation === seen.generation && isSeen)) return;
  throw new SealingKeyError(
    'sealing_key_older',
    `The server shows the sealing key of generation ${key.generation}, but ${
      key.generation === seen.generation ? 'another one of that generation' : `the one of generation ${seen.generation}`
    } was in use here before.`,
    'Nothing was sealed. Ask the operator whether the instance was restored from a backup. Only then trust what it shows, by the fingerprint that "holdfast start" prints on the server.',
  );
}

/** The error for a key, or a name, that stands for another organization than the one that is meant. */
export function otherOrganization(): SealingKeyError {
  return new SealingKeyError(
    'sealing_key_of_another_organization',
    'The server answers for another organization than the one that is meant.',
    'Nothing was sealed. Ask the operator. If the organization was deleted and made again under the same name, log in again.',
  );
}

function invalidKey(): SealingKeyError {
  return new SealingKeyError(
    'sealing_key_invalid',
    "The organization's sealing key is not signed by the data plane.",
    'Nothing was sealed. Tell the operator: the key may have been exchanged on its way.',
  );
}
