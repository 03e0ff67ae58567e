import pg from 'pg';
import { lockSchema, readMigrations, refuseWhatDoesNotFit } from '../schema/migrate.ts';
import { asOwner } from '../schema/owner-session.ts';
import { readInstance, refuseOldServer } from '../schema/prepare.ts';
import { PrepareError } from '../schema/prepare-error.ts';

/** An application may have schemas of these names in the same database. */
const SCHEMAS = ['holdfast', 'auth', 'queue'] as const;
type SchemaName = (typeof SCHEMAS)[number];

/**
 * The comment of each schema that a restore makes: what bears it was made by the restore into that home, and
 * may be taken away by it.
 */
function claimOf(homeId: string): string {
  return `made by a restore into the home ${homeId}`;
}

/**
 * Which database an owner's URL names, without who logs in: what a home calls the one that it has begun
 * to restore into.
 */
export function databaseAddress(ownerUrl: string): `${string}:${number}/${string}` {
  const { host, port, database } = new pg.Client({ connectionString: ownerUrl });
  return `${host}:${port}/${database}`;
}

/**
 * Refuses a database that a restore may not fill, and changes nothing: one with an instance, or with a schema
 * of the same name that this home's own restore did not make.
 *
 * @throws PrepareError; MigrationError when a newer Holdfast uses it.
 */
export async function refuseFilledDatabase(ownerUrl: string, homeId: string): Promise<void> {
  await asOwner(ownerUrl, 'holdfast-restore', (client) => refuseFilled(client, homeId));
}

/**
 * As {@link refuseFilledDatabase}, for who goes on in the same session.
 *
 * @throws PrepareError and MigrationError, as there.
 */
export async function refuseFilled(client: pg.Client, homeId: string): Promise<void> {
  await refuseOldServer(client);
  await refuseWhatDoesNotFit(client, readMigrations());
  const remedy = 'Name an empty database in DATABASE_URL, or another HOLDFAST_HOME. Nothing was changed.';
  if ((await readInstance(client)) !== undefined) {
    throw new PrepareError('The database holds an instance already. A backup is restored into an empty one only.', { remedy });
  }
  const claimed = await claimedSchemas(client, homeId);
  const foreign = (await presentSchemas(client)).filter((name) => !claimed.includes(name));
  if (foreign.length === 0) return;
  throw new PrepareError(
    `The database has the schema ${foreign.join(', ')} already. A backup is restored into one without the schemas ${SCHEMAS.join(', ')} only.`,
    { remedy },
  );
}

/**
 * Makes the schemas, each with its claim: all of them, or none. What an earlier restore into this home has
 * left of them is taken away. The caller holds the lock and has refused a database that is filled.
 */
export async function claimSchemas(client: pg.Client, homeId: string): Promise<void> {
  await client.query('begin');
  await dropClaimed(client, homeId);
  for (const name of SCHEMAS) {
    await client.query(`create schema ${name}; comment on schema ${name} is ${pg.escapeLiteral(claimOf(homeId))}`);
  }
  await client.query('commit');
}

/**
 * Takes away, in one step, what a restore into this home that did not end has made in a database; nothing
 * that was there before it.
 *
 * @throws PrepareError when the database holds the instance of another home.
 */
export async function removeUnfinishedRestore(ownerUrl: string, homeId: string): Promise<void> {
  await asOwner(ownerUrl, 'holdfast-restore', async (client) => {
    await lockSchema(client);
    const found = await readInstance(client);
    if (found !== undefined && found.homeId !== homeId) {
      throw new PrepareError('The database holds the instance of another home.', {
        remedy: 'Name the database in which the restore had begun.',
      });
    }
    await dropClaimed(client, homeId);
  });
}

async function dropClaimed(client: pg.Client, homeId: string): Promise<void> {
  const claimed = await claimedSchemas(client, homeId);
  if (claimed.length > 0) await client.query(`drop schema ${claimed.join(', ')} cascade`);
}

async function presentSchemas(client: pg.Client): Promise<SchemaName[]> {
  const { rows } = await client.query<{ name: SchemaName }>('select nspname as name from pg_namespace where nspname = any($1) order by 1', [
    SCHEMAS,
  ]);
  return rows.map(({ name }) => name);
}

async function claimedSchemas(client: pg.Client, homeId: string): Promise<SchemaName[]> {
  const { rows } = await client.query<{ name: SchemaName }>(
    `select nspname as name from pg_namespace where nspname = any($1) and obj_description(oid, 'pg_namespace') = $2`,
    [SCHEMAS, claimOf(homeId)],
  );
  return rows.map(({ name }) => name);
}
