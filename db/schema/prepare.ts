import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from '@holdfast/envelope';
import type pg from 'pg';
import { ensureRoles, grantRights, type Plane, type PlaneRoles, planeRoles } from '../roles.ts';
import { applyMigrations, lockSchema, type Migration, readMigrations, refuseWhatDoesNotFit } from './migrate.ts';
import { asOwner } from './owner-session.ts';
import { PrepareError } from './prepare-error.ts';

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
  /** The newest migration that the database has now, by its file. */
  readonly schema: string;
  readonly roles: PlaneRoles;
}

export interface InstanceFacts {
  readonly rolePrefix: string;
  readonly homeId: string | null;
  /** Root keys that have wrapped a key which this database holds. */
  readonly rootKeyIds: readonly string[];
}

export interface PrepareOptions {
  readonly migrations?: readonly Migration[];
  /** Of a new instance; by default `holdfast_` and eight random digits. */
  readonly rolePrefix?: string;
  /** How long sessions of planes may take to end before they count as another Holdfast. */
  readonly endingMilliseconds?: number;
}

export interface Migrated {
  readonly migrationsApplied: number;
  /** The newest migration that the database has now, by its file. */
  readonly schema: string;
  /** Sessions of planes that were there meanwhile. */
  readonly sessions: number;
}

const OLDEST_SERVER = 16;
/** A plane that was stopped or killed just before is gone by then. */
const ENDING_MILLISECONDS = 5_000;
const LOOK_MILLISECONDS = 100;

/**
 * Makes sure that the database belongs to this home, and only then brings it to this program's schema, with
 * the two roles and their rights. One program at a time; a home to which the database does not belong changes
 * nothing.
 *
 * @throws PrepareError when the database is another home's, when the owner's role may not do this, or when
 *   the schema is older and planes of another Holdfast use it; MigrationError when the schema does not fit
 *   this program.
 */
export async function prepareSchema(ownerUrl: string, home: HomeIdentity, options: PrepareOptions = {}): Promise<PreparedSchema> {
  const migrations = options.migrations ?? readMigrations();
  return asOwner(ownerUrl, 'holdfast-start', async (client) => {
    await refuseOldServer(client);
    await refuseOtherRoles(client);
    await lockSchema(client);
    const waiting = await refuseWhatDoesNotFit(client, migrations);
    const found = await readInstance(client);
    await refuseOtherHomes(client, found, home);
    if (found !== undefined && waiting > 0) await refuseWhileInUse(client, planeRoles(found.rolePrefix), options.endingMilliseconds);
    const migrationsApplied = await applyMigrations(client, migrations);
    const roles = planeRoles(found?.rolePrefix ?? (await createInstance(client, home.homeId, options.rolePrefix ?? newRolePrefix())));
    await ensureRoles(client, ownerUrl, roles, home.passwords);
    await grantRights(client, roles);
    return { found: found === undefined ? 'new' : 'existing', migrationsApplied, schema: migrations.at(-1)?.name ?? '', roles };
  });
}

/**
 * Brings a database that holds an instance to this program's schema, with the rights of its roles, and
 * changes nothing else: no password, no key. The caller has decided what happens to planes that run
 * meanwhile.
 *
 * @returns `undefined` when the database holds no instance: `prepareSchema` makes one.
 * @throws PrepareError when the role may not do this; MigrationError when the schema does not fit this
 *   program.
 */
export async function migrateInstance(
  ownerUrl: string,
  migrations: readonly Migration[] = readMigrations(),
): Promise<Migrated | undefined> {
  return asOwner(ownerUrl, 'holdfast-migrate', async (client) => {
    await refuseOldServer(client);
    await refuseOtherRoles(client);
    await lockSchema(client);
    await refuseWhatDoesNotFit(client, migrations);
    const found = await readInstance(client);
    if (found === undefined) return undefined;
    const roles = planeRoles(found.rolePrefix);
    const sessions = await countSessions(client, roles);
    const migrationsApplied = await applyMigrations(client, migrations);
    await grantRights(client, roles);
    return { migrationsApplied, schema: migrations.at(-1)?.name ?? '', sessions };
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
  return (await countSessions(client, roles)) > 0;
}

async function countSessions(client: pg.Client, roles: PlaneRoles): Promise<number> {
  const { rows } = await client.query<{ sessions: number }>(
    'select count(*)::integer as sessions from pg_stat_activity where datname = current_database() and usename = any($1::text[])',
    [Object.values(roles)],
  );
  return rows[0]?.sessions ?? 0;
}

/** To change the schema under planes that run is the operator's decision. */
async function refuseWhileInUse(client: pg.Client, roles: PlaneRoles, endingMilliseconds = ENDING_MILLISECONDS): Promise<void> {
  let sessions = await countSessions(client, roles);
  for (const until = performance.now() + endingMilliseconds; sessions > 0 && performance.now() < until; ) {
    await sleep(LOOK_MILLISECONDS);
    sessions = await countSessions(client, roles);
  }
  if (sessions === 0) return;
  throw new PrepareError(
    `The database has the schema of an older Holdfast, and planes of another one are using it (${sessions} of their sessions).`,
    { remedy: 'Stop them and start this again; or decide that it may be changed while they run: holdfast migrate.' },
  );
}

/**
 * The roles of the planes can neither migrate nor make roles, and a role that owns nothing here cannot
 * either.
 */
async function refuseOtherRoles(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ role: string; owner: string | null; owns: boolean | null; makes: boolean }>(
    `select current_user as role, pg_get_userbyid(nspowner) as owner, pg_has_role(nspowner, 'usage') as owns,
       has_database_privilege(current_database(), 'create') as makes
     from (select 1) as one left join pg_namespace on nspname = 'holdfast'`,
  );
  const [{ role, owner, owns, makes } = { role: '', owner: null, owns: null, makes: false }] = rows;
  if (owner !== null && owns === false) {
    throw new PrepareError(`The role ${role} of DATABASE_URL does not own the schema of Holdfast, and cannot migrate it: ${owner} does.`, {
      remedy: `Put the address of ${owner} into DATABASE_URL. The roles of the planes only run on what is there.`,
    });
  }
  if (owner === null && !makes) {
    throw new PrepareError(`The role ${role} of DATABASE_URL may not make schemas in this database.`, {
      remedy: `As an administrator: alter database … owner to ${role}; or: grant create on database … to ${role};`,
    });
  }
}

async function createInstance(client: pg.Client, homeId: string, rolePrefix: string): Promise<string> {
  await client.query('insert into holdfast.instance (id, home_id, role_prefix) values ($1, $2, $3)', [uuidv7(), homeId, rolePrefix]);
  return rolePrefix;
}
