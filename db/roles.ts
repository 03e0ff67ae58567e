import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { databaseErrorCode, databaseFaultOf, SQLSTATE } from './connection/database-errors.ts';
import { applyUsable } from './schema/apply-usable.ts';
import { PrepareError } from './schema/prepare-error.ts';

const PLANES = ['control', 'data'] as const;
export type Plane = (typeof PLANES)[number];

/** The database role that each plane logs in as. What each may do stands in roles.sql. */
export type PlaneRoles = Readonly<Record<Plane, string>>;

const RIGHTS = readFileSync(join(import.meta.dirname, 'roles.sql'), 'utf8');

/**
 * Roles belong to the server, not to one database: each instance has its own two, named by the prefix that
 * its row holds. What stands after the last underscore says on the audit record which plane an event is from.
 */
export function planeRoles(prefix: string): PlaneRoles {
  return { control: `${prefix}_control`, data: `${prefix}_data` };
}

/**
 * Makes the roles that are missing, and sees to it that each logs in with its password and has no settings of
 * its own (a role may change its own password and settings). Changes nothing where nothing has to be changed.
 *
 * @param ownerUrl leads to the same database as `client`.
 * @throws PrepareError when a role may do more than a plane needs, or the owner may not make or change it;
 *   else what the database says.
 */
export async function ensureRoles(
  client: pg.Client,
  ownerUrl: string,
  roles: PlaneRoles,
  passwords: Readonly<Record<Plane, string>>,
): Promise<void> {
  for (const plane of PLANES) {
    const role = roles[plane];
    const password = pg.escapeLiteral(passwords[plane]);
    const { rows } = await client.query<{ superior: boolean; settings: boolean }>(
      `select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as superior,
         exists (select from pg_db_role_setting s where s.setrole = r.oid) as settings
       from pg_roles r where rolname = $1`,
      [role],
    );
    const [found] = rows;
    if (found === undefined) {
      await asCreator(client, role, `create role ${pg.escapeIdentifier(role)} login noinherit password ${password}`);
      continue;
    }
    if (found.superior) {
      throw new PrepareError(`The role ${role} may do more than a plane needs: it is a superuser, or may make roles or databases.`, {
        remedy: `As a superuser: alter role ${role} nosuperuser nocreaterole nocreatedb noreplication nobypassrls;`,
      });
    }
    if (found.settings) await resetSettings(client, role);
    if (!(await canLogIn(roleUrl(ownerUrl, role, passwords[plane])))) {
      await asCreator(client, role, `alter role ${pg.escapeIdentifier(role)} login password ${password}`);
    }
  }
}

/**
 * Makes the views of usable.sql, and sets the rights of both roles to exactly what roles.sql lists. Needs the
 * roles.
 */
export async function grantRights(client: pg.Client, roles: PlaneRoles): Promise<void> {
  const rights = RIGHTS.replaceAll(/:"(control|data)"/g, (_, plane: Plane) => pg.escapeIdentifier(roles[plane]));
  await client.query('begin');
  await client.query('set local search_path = holdfast');
  await applyUsable(client);
  await client.query(rights);
  await client.query('commit');
}

/** The owner's URL with another role. An embedded server's has no host, which URL cannot read. */
export function roleUrl(ownerUrl: string, role: string, password: string): string {
  return ownerUrl.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${role}:${encodeURIComponent(password)}@`);
}

async function resetSettings(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ name: string | null }>(
    `select d.datname as name from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase
     where s.setrole = (select oid from pg_roles where rolname = $1)`,
    [role],
  );
  for (const { name } of rows) {
    const where = name === null ? '' : `in database ${pg.escapeIdentifier(name)} `;
    await asCreator(client, role, `alter role ${pg.escapeIdentifier(role)} ${where}reset all`);
  }
}

async function asCreator(client: pg.Client, role: string, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if (databaseErrorCode(error) !== SQLSTATE.insufficient_privilege) throw error;
    const { rows } = await client.query<{ owner: string }>('select current_user as owner');
    const owner = rows[0]?.owner ?? '';
    throw new PrepareError(`The role ${owner} of DATABASE_URL may not make or change the role ${role}.`, {
      remedy: `As an administrator: alter role ${owner} createrole; and, where ${role} exists already: grant ${role} to ${owner} with admin option;`,
      cause: error,
    });
  }
}

async function canLogIn(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    // Anything else says nothing about the password.
    if (databaseFaultOf(error) === 'login_refused') return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}
