import { connect, type Database, requireSchema } from '@holdfast/db/data';
import { OpenError, openSealed } from '@holdfast/open';
import { createLogger } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import { readDataSettings } from './config.ts';
import { openRootKey } from './keys/open-root-key.ts';
import { createOpeningKeys, type OpeningKeys } from './keys/opening-keys.ts';
import { openSigningKey } from './keys/signing-key.ts';
import { createRecordFollower, type RecordFollower } from './record/follower.ts';
import { type RecordFolder, recordFolder } from './record/record-folder.ts';

/**
 * Checks a database that `holdfast restore` has filled, before anything starts on it: that the root key opens
 * what it must, that the record of every organization verifies through its newest signed checkpoint, and that
 * values open. Writes one line of JSON, which launcher/restore.ts reads; nothing of a value is kept or
 * written.
 */

const SAMPLE = 500;
const STATEMENT_MILLISECONDS = 600_000;

const settings = readDataSettings(process.env);
const db = connect(settings.databaseUrl, {
  name: 'holdfast-check',
  maximumConnections: 2,
  statementTimeoutMilliseconds: STATEMENT_MILLISECONDS,
});
try {
  await requireSchema(db);
  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey } = await openRootKey(db, settings.rootKeyFile);
  const signingKey = await openSigningKey(db, instanceId, rootKey);
  const folder = recordFolder(settings.recordFolder);
  const follower = createRecordFollower({ db, instanceId, signingKey, folder, logger: createLogger({ name: 'check', level: 'silent' }) });
  const records = await checkRecords(db, folder, follower);
  const values = await openSample(db, instanceId, createOpeningKeys(db, instanceId, rootKey));
  process.stdout.write(`${JSON.stringify({ ...records, ...values, failures: [...records.failures, ...values.failures] })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await db.destroy();
}

async function checkRecords(db: Kysely<Database>, folder: RecordFolder, follower: RecordFollower) {
  const failures: string[] = [];
  const older: { organization: string; reason: string }[] = [];
  let entries = 0;
  const organizations = await db.selectFrom('auth.organization').select(['id', 'slug']).orderBy('id').execute();
  for (const { id, slug } of organizations) {
    // Of a former home. Otherwise the newest one that the backup carries is what this home trusts from now
    // on.
    const kept = (await folder.read(id, 'checkpoint')) !== undefined;
    if (!kept) await keepNewestCheckpoint(db, folder, id);
    try {
      entries += (await follower.follow(id)).size;
    } catch {
      const reason = follower.stopped().get(id)?.message ?? 'It could not be read.';
      if (kept) older.push({ organization: slug, reason: (await lossOf(db, follower, id)) ?? reason });
      else failures.push(`The record of “${slug}” does not verify. ${reason}`);
    }
  }
  return { organizations: organizations.length, entries, older, failures };
}

async function keepNewestCheckpoint(db: Kysely<Database>, folder: RecordFolder, organizationId: string): Promise<void> {
  const newest = await db
    .selectFrom('checkpoint')
    .select('note')
    .where('organization_id', '=', organizationId)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest !== undefined) await folder.replace(organizationId, 'checkpoint', newest.note);
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

async function openSample(db: Kysely<Database>, instanceId: string, keys: OpeningKeys) {
  const failures: string[] = [];
  // Spread over all of them by their ids, the same ones each time.
  const sample = await db
    .selectFrom('secret_version as v')
    .innerJoin('sealed_value as s', (join) => join.onRef('s.organization_id', '=', 'v.organization_id').onRef('s.version_id', '=', 'v.id'))
    .innerJoin('secret as c', (join) => join.onRef('c.organization_id', '=', 'v.organization_id').onRef('c.id', '=', 'v.secret_id'))
    .select(['v.organization_id as organizationId', 'v.id as versionId', 'v.secret_id as secretId', 'v.key_id as keyId', 's.sealed'])
    .select((where) => where('c.component_id', 'is', null).as('named'))
    .orderBy(sql`md5(v.id::text)`)
    .limit(SAMPLE)
    .execute();
  const { values } = await db
    .selectFrom('sealed_value')
    .select((of) => of.fn.countAll<number>().as('values'))
    .executeTakeFirstOrThrow();
  let opened = 0;
  for (const { sealed, named, ...ids } of sample) {
    try {
      const key = await keys.get(ids.organizationId, ids.keyId);
      await openSealed(key, { instanceId, ...ids, kind: named ? 'secret-value' : 'component-value' }, sealed);
      opened += 1;
    } catch (error) {
      const why = error instanceof OpenError ? '' : ': its key cannot be unwrapped';
      failures.push(`The value of version ${ids.versionId} does not open${why}.`);
      // One is enough to say that this backup is of no use.
      break;
    }
  }
  return { opened, values, failures };
}
