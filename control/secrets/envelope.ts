import { createHash } from 'node:crypto';
import { type EnvelopeBody, HoldfastError } from '@holdfast/api';
import type { Actor, Tx } from '@holdfast/db';
import { decodeSealed, fromBase64url } from '@holdfast/envelope';
import { isUniqueViolation } from '../database-errors.ts';

/** A sealed value that may be stored: well-formed, and for the organization's current key. */
export interface AcceptedEnvelope {
  readonly secretId: string;
  readonly versionId: string;
  readonly keyId: string;
  readonly sealed: Buffer;
  /** What the audit record commits to: the data plane refuses a version whose bytes are others. */
  readonly commitment: { readonly versionId: string; readonly ciphertextHash: string };
}

/**
 * Checks all that can be checked without a key. Throws `envelope_invalid`, `sealing_key_pending` or `sealing_key_stale`.
 *
 * @param field - where in the request the envelope stands, for the error.
 */
export async function acceptEnvelope(tx: Tx, organizationId: string, envelope: EnvelopeBody, field: string): Promise<AcceptedEnvelope> {
  const { sealed, keyId } = decode(envelope, field);
  const current = await tx
    .selectFrom('organization_key')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('current', '=', true)
    .executeTakeFirst();
  if (current === undefined) throw new HoldfastError('sealing_key_pending', undefined, { extra: { retryAfterSeconds: 1 } });
  if (keyId !== envelope.keyId.toLowerCase()) {
    throw new HoldfastError('envelope_invalid', 'The envelope names another key than the sealed bytes do.', { field: `${field}.keyId` });
  }
  if (keyId !== current.id) throw new HoldfastError('sealing_key_stale', undefined, { field: `${field}.keyId` });
  const [secretId, versionId] = [envelope.secretId.toLowerCase(), envelope.versionId.toLowerCase()];
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
  return {
    secretId,
    versionId,
    keyId,
    sealed,
    commitment: { versionId, ciphertextHash: createHash('sha256').update(sealed).digest('base64url') },
  };
}

function decode(envelope: EnvelopeBody, field: string): { sealed: Buffer; keyId: string } {
  try {
    const bytes = fromBase64url(envelope.sealed);
    return { sealed: Buffer.from(bytes), keyId: decodeSealed(bytes).keyId };
  } catch {
    throw new HoldfastError('envelope_invalid', 'The bytes are not a sealed value of this format.', { field: `${field}.sealed` });
  }
}

/** Stores it as the current version of its secret. The caller has superseded the former one, and records the commitment. */
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
    .execute();
  await tx.insertInto('sealed_value').values({ organization_id: organizationId, version_id: versionId, sealed }).execute();
}

/**
 * An envelope that was stored before, in whatever place and even if it was deleted since, is refused: its ids are taken, or the
 * audit record holds its version already.
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

const REPLAY_CONSTRAINTS = ['secret_pkey', 'secret_version_pkey', 'audit_event_version'];
