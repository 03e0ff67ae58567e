import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { type RootKey, RootKeyError } from './root-key.ts';
import { createRootKeyFile, readRootKeyFile } from './root-key-file.ts';

/**
 * The root key of this instance. It is made at the very first start, and only then: when the database holds
 * keys that another root key has wrapped, a new one would be of no use, and starting with it would hide the
 * loss.
 *
 * @param path of the file, see {@link readRootKeyFile}.
 * @throws RootKeyError that says which file belongs here.
 */
export async function openRootKey(db: Kysely<Database>, path: string): Promise<{ rootKey: RootKey; created: boolean }> {
  const wrappedBy = await rootKeyIdsInUse(db);
  const found = await readRootKeyFile(path);
  if (found === undefined && wrappedBy.length > 0) {
    throw new RootKeyError(
      `There is no root key at ${path}, but the database holds keys that the root key ${wrappedBy.join(', ')} has wrapped. Put the file back from your backup.`,
    );
  }
  const foreign = wrappedBy.filter((id) => id !== found?.id);
  if (found !== undefined && foreign.length > 0) {
    throw new RootKeyError(
      `The root key at ${path} is ${found.id}, but the database holds keys that ${foreign.join(', ')} has wrapped. Put back the file that belongs to this database.`,
    );
  }
  if (found !== undefined) return { rootKey: found, created: false };
  return { rootKey: await createRootKeyFile(path), created: true };
}

async function rootKeyIdsInUse(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('organization_private_key')
    .select('root_key_id')
    .union(db.selectFrom('signing_private_key').select('root_key_id'))
    .execute();
  return rows.map((row) => row.root_key_id).sort();
}
