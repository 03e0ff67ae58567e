import { ConfigurationError } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import { databaseErrorCode, SQLSTATE } from '../connection/database-errors.ts';
import { type Migration, readMigrations } from './migrate.ts';

/**
 * There is no such table or schema, or this role may not look into it: nobody has prepared the database for
 * it.
 */
const NOT_PREPARED: readonly (string | undefined)[] = [
  SQLSTATE.undefined_table,
  SQLSTATE.invalid_schema_name,
  SQLSTATE.insufficient_privilege,
];
const MIGRATE = 'Run holdfast migrate with the address of its owner in DATABASE_URL, then start this again.';

/**
 * A plane runs only on the schema that it was written for. It never migrates: its role cannot.
 *
 * @throws ConfigurationError when the schema in the database is older or newer than this program, or is not
 *   there; the message names `holdfast migrate`, or the newer program.
 */
export async function requireSchema<Tables>(db: Kysely<Tables>, known: readonly Migration[] = readMigrations()): Promise<void> {
  const needed = known.at(-1)?.name ?? '';
  const found = await newestMigration(db);
  if (found === undefined) {
    throw new ConfigurationError(`The database has no schema of Holdfast that this role may read; this program needs ${needed}.`, MIGRATE);
  }
  if (found.number < known.length) {
    throw new ConfigurationError(
      `The database has the schema of an older Holdfast (${found.name}); this program needs ${needed}. A plane does not migrate.`,
      MIGRATE,
    );
  }
  if (found.number > known.length) {
    throw new ConfigurationError(
      `The database has the schema of a newer Holdfast (${found.name}); this program needs ${needed}.`,
      'Start the newer version, or restore a backup that this version made. holdfast migrate of this version cannot go back.',
    );
  }
}

async function newestMigration<Tables>(db: Kysely<Tables>): Promise<{ number: number; name: string } | undefined> {
  try {
    const { rows } = await sql<{ number: number; name: string }>`
      select number, name from holdfast.schema_migration order by number desc limit 1`.execute(db);
    return rows[0];
  } catch (error) {
    if (NOT_PREPARED.includes(databaseErrorCode(error))) return undefined;
    throw error;
  }
}
