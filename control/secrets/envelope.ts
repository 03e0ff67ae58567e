import { createHash } from 'node:crypto';
import { type EnvelopeBody, HoldfastError } from '@holdfast/api';
import { type Actor, FORMER_KEY_ENDED, insertUnread, isCheckViolation, isUniqueViolation, type Tx } from '@holdfast/db/control';
import { decodeSealed, fromBase64url } from '@holdfast/envelope';

/** A sealed value that may be stored: well-formed, and for a key of the organization that is in use. */
export interface AcceptedEnvelope {
  readonly secretId: string;
  readonly versionId: string;
  readonly keyId: string;
  readonly sealed: Buffer;
  /** What the audit record commits to: the data plane refuses a version whose bytes are others. */
  readonly commitment: { readonly versionId: string; readonly ciphertextHash: string };
}

/**
 * Checks all that can be checked without a key. Throws `envelope_invalid`, `sealing_key_pending` or
 * `sealing_key_stale`.
 *
 * @param field - where in the request the envelope stands, for the error.
 */
export async function acceptEnvelope(tx: Tx, organizationId: string, envelope: EnvelopeBody, field: string): Promise<AcceptedEnvelope> {
  const decoded = decodeEnvelope(envelope);
  if (decoded === undefined) {
    throw new HoldfastError('envelope_invalid', 'The bytes are not a sealed value of this format.', { field: `${field}.sealed` });
  }
  const { keyId, secretId } = decoded;
  const usable = await readUsableKeys(tx, organizationId);
  if (usable.length === 0) throw new HoldfastError('sealing_key_pending', undefined, { extra: { retryAfterSeconds: 1 } });
  if (keyId !== envelope.keyId.toLowerCase()) {
    throw new HoldfastError('envelope_invalid', 'The envelope names another key than the sealed bytes do.', { field: `${field}.keyId` });
  }
  if (!usable.includes(keyId)) throw staleKey(`${field}.keyId`);
  const deleted = await tx
    .selectFrom('deleted_secret')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', secretId)
    .executeTakeFirst();
  if (deleted !== undefined) {
    throw new HoldfastError('envelope_invalid', 'The secret that the value is sealed for was deleted; its id cannot be used again.', {
      field: `${field}.secretId`,
      remedy: 'Seal the value for a new secret: sealing without an id makes one.',
    });
  }
  return decoded;
}

/**
 * The current key, and one that was rotated away a moment ago: a value that somebody has just sealed for it
 * is sealed again by the data plane.
 */
async function readUsableKeys(tx: Tx, organizationId: string): Promise<string[]> {
  const keys = await tx
    .selectFrom('organization_key')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where((where) => where.or([where('current', '=', true), where.and([where('destroyed_at', 'is', null), where.not(FORMER_KEY_ENDED)])]))
    .execute();
  return keys.map(({ id }) => id);
}

export function staleKey(field: string): HoldfastError {
  return new HoldfastError('sealing_key_stale', undefined, { field });
}

/** What the bytes of an envelope say by themselves; `undefined` when they are not of this format. */
export function decodeEnvelope(envelope: EnvelopeBody): AcceptedEnvelope | undefined {
  try {
    const bytes = fromBase64url(envelope.sealed);
    const sealed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const versionId = envelope.versionId.toLowerCase();
    return {
      secretId: envelope.secretId.toLowerCase(),
      versionId,
      keyId: decodeSealed(bytes).keyId,
      sealed,
      commitment: { versionId, ciphertextHash: createHash('sha256').update(sealed).digest('base64url') },
    };
  } catch {
    return undefined;
  }
}

/**
 * Stores it as the current version of its secret. The caller has superseded the former one, and records the
 * commitment.
 */
export async function insertVersion(
  tx: Tx,
  organizationId: string,
  envelope: AcceptedEnvelope,
  actor: Actor,
  requestHash?: Buffer,
): Promise<void> {
  const { secretId, versionId, keyId, sealed } = envelope;
  await tx
    .insertInto('secret_version')
    .values({
      organization_id: organizationId,
      secret_id: secretId,
      id: versionId,
      key_id: keyId,
      state: 'current',
      created_by: actor,
      request_hash: requestHash ?? null,
    })
    .execute()
    .catch((error: unknown) => {
      // The key was destroyed after it had been looked at.
      throw isCheckViolation(error, 'secret_version_key_usable') ? staleKey('envelope.keyId') : error;
    });
  await insertUnread(tx, 'sealed_value', { organization_id: organizationId, version_id: versionId, sealed });
}

/**
 * An envelope that was stored before, in whatever place and even if it was deleted since, is refused: its ids
 * are taken, or the audit record holds its version already.
 */
export async function refuseReplayed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!REPLAY_CONSTRAINTS.some((constraint) => isUniqueViolation(error, constraint))) throw error;
    throw new HoldfastError('envelope_invalid', 'The envelope was stored before; its ids cannot be used again.', {
      field: 'envelope',
      remedy: 'Seal the value again: sealing makes new ids.',
    });
  }
}

const REPLAY_CONSTRAINTS = ['secret_pkey', 'secret_version_pkey', 'sealed_value_pkey', 'audit_event_version'];
