import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { databaseMissing, type Migrated, migrateInstance, reachDatabase, runningEmbedded, startEmbedded } from '@holdfast/db/owner';
import { CommandError } from '@holdfast/terminal/report';
import { refuseUnfinishedRestore } from '../backup/unfinished-restore.ts';
import { chooseAccounts } from '../home/accounts.ts';
import { homeAt, makeHome } from '../home/home.ts';
import { lockHome } from '../home/home-lock.ts';
import { readRootKeyId } from '../home/root-key-id.ts';
import type { StartSettings } from '../settings.ts';
import { prepareExternal, serverAccount } from './database.ts';

export interface MigrateResult extends Migrated {
  readonly database: 'embedded' | 'external';
  /** Whether the database was empty, and an instance was made in it. */
  readonly made: boolean;
}

/**
 * Brings the database to this program's schema and ends. An external one that is empty gets its instance, and
 * this home the credentials of its planes; of one that holds an instance nothing but schema and rights is
 * changed. The embedded one is started for as long as this takes.
 *
 * @throws PrepareError, MigrationError
 */
export async function migrate(settings: StartSettings): Promise<MigrateResult> {
  const home = homeAt(settings.home, chooseAccounts(settings.accounts));
  if (settings.databaseUrl !== undefined) {
    await reachDatabase(settings.databaseUrl);
    const migrated = await migrateInstance(settings.databaseUrl);
    if (migrated !== undefined) return { database: 'external', made: false, ...migrated };
    makeHome(home);
    const unlock = lockHome(home.lock);
    try {
      refuseUnfinishedRestore(home);
      const rootKeyId = readRootKeyId(settings.rootKeyFile ?? join(home.keys, 'root.key'));
      return { database: 'external', made: true, ...(await prepareExternal(home, settings.databaseUrl, rootKeyId)) };
    } finally {
      unlock();
    }
  }
  if (!existsSync(join(home.database, 'data'))) {
    const rootKeyId = readRootKeyId(settings.rootKeyFile ?? join(home.keys, 'root.key'));
    if (rootKeyId !== undefined) throw databaseMissing(rootKeyId);
    throw new CommandError(`There is no database in ${home.folder} yet.`, {
      remedy: 'holdfast start makes it. To migrate an external one, put the address of its owner into DATABASE_URL.',
    });
  }
  const running = runningEmbedded(home.database);
  const unlock = running === undefined ? lockHome(home.lock) : () => undefined;
  const embedded = running === undefined ? await startEmbedded(home.database, serverAccount(home)) : undefined;
  try {
    refuseUnfinishedRestore(home);
    const migrated = await migrateInstance(running ?? (embedded?.ownerUrl as string));
    if (migrated === undefined) throw new CommandError(`The database in ${home.folder} is empty.`, { remedy: 'Run holdfast start.' });
    return { database: 'embedded', made: false, ...migrated };
  } finally {
    await embedded?.stop();
    unlock();
  }
}
