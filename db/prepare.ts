import { randomBytes } from 'node:crypto';
import { uuidv7 } from '@holdfast/envelope';
import type pg from 'pg';
import { applyMigrations, lockSchema, type Migration, readMigrations, refuseWhatDoesNotFit } from './migrate.ts';
import { asOwner } from './owner-session.ts';
import { PrepareError } from './prepare-error.ts';
import { ensureRoles, grantRights, type Plane, type PlaneRoles, planeRoles } from './roles.ts';

/** The home that wants to use a database. */
export interface HomeIdentity {
  /** Made with the home. It says whose the database is until the instance has its first key. */
  readonly homeId: string;
  /** `undefined` when this home has no root key. */
  readonly rootKeyId: string | undefined;
  readonly passwords: Readonly<Record<Plane, string>>;
  /** Whether the passwords were in use before; false when they have just been made. */
  readonly passwordsKnown: boolean;
}

export interface PreparedSchema {
  readonly found: 'new' | 'existing';
  readonly migrationsApplied: number;
  readonly roles: PlaneRoles;
}

export interface InstanceFacts {
  readonly rolePrefix: string;
  readonly homeId: string | null;
  /** Root keys that have wrapped a key which this database holds. */
  readonly rootKeyIds: readonly string[];
}

const OLDEST_SERVER = 16;

/**
 * Makes sure that the database belongs to this home, and only then brings it to this program's schema, with
 * the two roles and their rights. One program at a time; a home to which the database does not belong changes
 * nothing.
 *
 * @param options.rolePrefix of a new instance; by default `holdfast_` and eight random digits.
 * @throws PrepareError when the database is another home's; MigrationError when the schema does not fit this
 *   program.
 */
export async function prepareSchema(
  ownerUrl: string,
  home: HomeIdentity,
  options: { readonly migrations?: readonly Migration[]; readonly rolePrefix?: string } = {},
): Promise<PreparedSchema> {
  const migrations = options.migrations ?? readMigrations();
  return asOwner(ownerUrl, 'holdfast-start', async (client) => {
    await refuseOldServer(client);
    await lockSchema(client);
    await refuseWhatDoesNotFit(client, migrations);
    const found = await readInstance(client);
    await refuseOtherHomes(client, found, home);
    const migrationsApplied = await applyMigrations(client, migrations);
    const roles = planeRoles(found?.rolePrefix ?? (await createInstance(client, home.homeId, options.rolePrefix ?? newRolePrefix())));
    await ensureRoles(client, ownerUrl, roles, home.passwords);
    await grantRights(client, roles);
    return { found: found === undefined ? 'new' : 'existing', migrationsApplied, roles };
  });
}

/** What a home that has a root key, and no database beside it, is to be answered. */
export function databaseMissing(rootKeyId: string): PrepareError {
  return new PrepareError(
    `There is a root key (${rootKeyId}), but the database is empty: it is not the one whose values this key protects.`,
    {
      remedy:
        'Bring the database back: holdfast restore FILE, or correct DATABASE_URL or HOLDFAST_HOME. For a new instance move the root key away.',
    },
  );
}

/** `holdfast_` and eight random hexadecimal digits. */
export function newRolePrefix(): string {
  return `holdfast_${randomBytes(4).toString('hex')}`;
}

/** `undefined` when the database holds no instance. */
export async function readInstance(client: pg.Client): Promise<InstanceFacts | undefined> {
  const { rows: tables } = await client.query(`select to_regclass('holdfast.instance') is not null as found`);
  if (!tables[0]?.found) return undefined;
  const { rows } = await client.query<InstanceFacts>(
    `select role_prefix as "rolePrefix", home_id as "homeId", array(
       select root_key_id from holdfast.organization_private_key union select root_key_id from holdfast.signing_private_key order by 1
     ) as "rootKeyIds" from holdfast.instance`,
  );
  return rows[0];
}

/** Whether the database that an owner's URL names holds an instance. */
export async function holdsInstance(ownerUrl: string): Promise<boolean> {
  return asOwner(ownerUrl, 'holdfast-restore', async (client) => (await readInstance(client)) !== undefined);
}

/** @throws PrepareError when the server is older than PostgreSQL 16. */
export async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::integer as number, current_setting('server_version') as version`,
  );
  const [server] = rows;
  if (server === undefined || server.number >= OLDEST_SERVER * 10_000) return;
  throw new PrepareError(`The PostgreSQL of DATABASE_URL is version ${server.version}; Holdfast needs ${OLDEST_SERVER} or newer.`, {
    remedy: 'Upgrade that server, or leave DATABASE_URL unset for the PostgreSQL that comes with Holdfast.',
  });
}

async function refuseOtherHomes(client: pg.Client, found: InstanceFacts | undefined, home: HomeIdentity): Promise<void> {
  if (found === undefined) {
    if (home.rootKeyId !== undefined) throw databaseMissing(home.rootKeyId);
    return;
  }
  if (found.rootKeyIds.length === 0) {
    if (found.homeId === home.homeId) return;
    throw new PrepareError('Another home has begun to use this database, and has no key in it yet.', {
      remedy: 'Start from that home (HOLDFAST_HOME), or name an empty database in DATABASE_URL.',
    });
  }
  const others = found.rootKeyIds.filter((id) => id !== home.rootKeyId);
  if (home.rootKeyId === undefined || others.length > 0) {
    const here = home.rootKeyId === undefined ? 'this home has no root key' : `the root key of this home is ${home.rootKeyId}`;
    throw new PrepareError(`The database holds keys that the root key ${found.rootKeyIds.join(', ')} has wrapped, and ${here}.`, {
      remedy:
        'Put back the root key that belongs to this database (HOLDFAST_ROOT_KEY_FILE, HOLDFAST_HOME), or name an empty database in DATABASE_URL.',
    });
  }
  if (!home.passwordsKnown && (await isInUse(client, planeRoles(found.rolePrefix)))) {
    throw new PrepareError('A Holdfast that was started from another home with the same root key is using this database.', {
      remedy: 'Stop it first, or run more planes beside it with holdfast control and holdfast data.',
    });
  }
}

async function isInUse(client: pg.Client, roles: PlaneRoles): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from pg_stat_activity where datname = current_database() and usename = any($1::text[]) limit 1',
    [Object.values(roles)],
  );
  return rowCount === 1;
}

async function createInstance(client: pg.Client, homeId: string, rolePrefix: string): Promise<string> {
  await client.query('insert into holdfast.instance (id, home_id, role_prefix) values ($1, $2, $3)', [uuidv7(), homeId, rolePrefix]);
  return rolePrefix;
}
