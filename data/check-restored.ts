import { connect, requireSchema } from '@holdfast/db/data';
import { createLogger } from '@holdfast/service';
import { readDataSettings } from './config.ts';
import { openRootKey } from './keys/open-root-key.ts';
import { createOpeningKeys } from './keys/opening-keys.ts';
import { openSigningKey } from './keys/signing-key.ts';
import { createRecordFollower } from './record/follower.ts';
import { recordFolder } from './record/record-folder.ts';
import { checkRecords } from './restored/check-records.ts';
import { checkValues } from './restored/check-values.ts';

/**
 * Checks a database that `holdfast restore` has filled, before anything starts on it: that the root key opens
 * what it must, whether the record of every organization verifies through its newest signed checkpoint, and
 * whether values open. Only what would keep the data plane from starting, or every value closed, ends with a
 * failure: what one organization has stored is no reason to keep a backup from all the others. Writes one
 * line of JSON, which launcher/backup/restore.ts reads; nothing of a value is kept or written.
 */

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
  const records = await checkRecords({ db, signingKey, folder, follower });
  const values = await checkValues(db, instanceId, createOpeningKeys(db, instanceId, rootKey));
  process.stdout.write(`${JSON.stringify({ ...records, ...values })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
