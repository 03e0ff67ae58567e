import { HoldfastError } from '@holdfast/api';
import { CheckpointError, type VerifiedCheckpoint, verifyCheckpoint } from '@holdfast/audit';
import type { Database } from '@holdfast/db/control';
import type { Kysely } from 'kysely';

/** Every signing key that the instance has had, the current one first: raw Ed25519, base64url. */
export async function signingKeys(db: Kysely<Database>): Promise<string[]> {
  const keys = await db.selectFrom('signing_key').select('public_key').orderBy('current', 'desc').orderBy('created_at', 'desc').execute();
  return keys.map(({ public_key }) => public_key.toString('base64url'));
}

/**
 * The newest signed checkpoint of an organization's log.
 *
 * @throws HoldfastError `checkpoint_pending` when there is none over this many entries, `record_stopped` when
 * it is not what it should be.
 */
export async function newestCheckpoint(
  db: Kysely<Database>,
  organizationId: string,
  size: number,
): Promise<VerifiedCheckpoint & { readonly note: string }> {
  const newest = await db
    .selectFrom('checkpoint')
    .select(['size', 'note'])
    .where('organization_id', '=', organizationId)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined || newest.size < size) {
    const signed = newest === undefined ? 'nothing is signed yet' : `the record is signed up to entry ${newest.size}`;
    throw new HoldfastError('checkpoint_pending', `Entry ${size} is not signed yet: ${signed}.`);
  }
  try {
    return { ...verifyCheckpoint(newest.note, await signingKeys(db)), note: newest.note };
  } catch (error) {
    if (error instanceof CheckpointError) throw unprovable(error.message, error);
    throw error;
  }
}

/** What is stored contradicts what was signed. The data plane finds that out as well, and stops uses. */
export function unprovable(what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('record_stopped', `The record cannot be proven: ${what}`, cause === undefined ? {} : { cause });
}

/**
 * Makes a proof of what is stored. Entries or tiles that are missing, or cannot be hashed, are named as what
 * they are.
 */
export async function provable<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof RangeError) throw unprovable(error.message, error);
    throw error;
  }
}
