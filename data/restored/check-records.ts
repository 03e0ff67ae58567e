import { CheckpointError, verifyCheckpoint } from '@holdfast/audit';
import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import type { SigningKey } from '../keys/signing-key.ts';
import type { RecordFollower } from '../record/follower.ts';
import type { RecordFolder } from '../record/record-folder.ts';

export interface OrganizationStopped {
  /** Its slug. */
  readonly organization: string;
  readonly reason: string;
}

export interface CheckedRecords {
  readonly organizations: number;
  readonly entries: number;
  /** Less than a former home has signed. */
  readonly older: readonly OrganizationStopped[];
  /** Their records do not verify as they are in the backup. */
  readonly stopped: readonly OrganizationStopped[];
}

interface RecordsToCheck {
  readonly db: Kysely<Database>;
  readonly signingKey: SigningKey;
  readonly folder: RecordFolder;
  readonly follower: RecordFollower;
}

/** Of the newest checkpoints in the database: rows that no node has signed are passed over. */
const CHECKPOINTS_LOOKED_AT = 20;

/**
 * Follows the record of every organization of a restored database. One that does not verify stops its own
 * organization, as it does while Holdfast runs, and no other.
 */
export async function checkRecords({ db, signingKey, folder, follower }: RecordsToCheck): Promise<CheckedRecords> {
  const older: OrganizationStopped[] = [];
  const stopped: OrganizationStopped[] = [];
  let entries = 0;
  const organizations = await db.selectFrom('auth.organization').select(['id', 'slug']).orderBy('id').execute();
  for (const { id, slug } of organizations) {
    // Of a former home. Otherwise the newest one that the backup carries is what this home trusts from now
    // on.
    const kept = (await folder.read(id, 'checkpoint')) !== undefined;
    if (!kept) await keepNewestCheckpoint(db, signingKey, folder, id);
    try {
      entries += (await follower.follow(id)).size;
    } catch {
      const reason = follower.stopped().get(id)?.message ?? 'It could not be read.';
      const loss = kept ? await lossOf(db, follower, id) : undefined;
      if (kept) older.push({ organization: slug, reason: loss ?? reason });
      else stopped.push({ organization: slug, reason });
    }
  }
  return { organizations: organizations.length, entries, older, stopped };
}

async function keepNewestCheckpoint(
  db: Kysely<Database>,
  signingKey: SigningKey,
  folder: RecordFolder,
  organizationId: string,
): Promise<void> {
  const newest = await db
    .selectFrom('checkpoint')
    .select('note')
    .where('organization_id', '=', organizationId)
    .orderBy('size', 'desc')
    .limit(CHECKPOINTS_LOOKED_AT)
    .execute();
  const signed = newest.find(({ note }) => isOf(note, signingKey, organizationId));
  if (signed !== undefined) await folder.replace(organizationId, 'checkpoint', signed.note);
}

function isOf(note: string, signingKey: SigningKey, organizationId: string): boolean {
  try {
    return verifyCheckpoint(note, signingKey.publicKey.toString('base64url')).organizationId === organizationId;
  } catch (error) {
    if (error instanceof CheckpointError) return false;
    throw error;
  }
}

/** What was signed beyond the backup. The last entry of the restored log says that it was restored. */
async function lossOf(db: Kysely<Database>, follower: RecordFollower, organizationId: string): Promise<string | undefined> {
  const signed = (await follower.signed(organizationId).catch(() => undefined))?.checkpoint;
  const head = await db.selectFrom('audit_head').select('sequence').where('organization_id', '=', organizationId).executeTakeFirst();
  const inBackup = (head?.sequence ?? 1) - 1;
  if (signed === undefined || signed.size <= inBackup) return undefined;
  const lost = signed.size - inBackup;
  return `The backup holds ${inBackup} entries of the record, but ${signed.size} were signed until ${signed.time}: what the last ${lost} recorded is lost.`;
}
