import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { asOwner } from './owner-session.ts';

/** The database role that each plane logs in as. What each may do stands in roles.sql. */
export const PLANE_ROLES = { control: 'holdfast_control', data: 'holdfast_data' } as const;
export type PlaneRole = (typeof PLANE_ROLES)[keyof typeof PLANE_ROLES];

const RIGHTS = readFileSync(join(import.meta.dirname, 'roles.sql'), 'utf8');

/** Makes the two roles if they are missing, and gives them these passwords. Roles belong to the server, not to one database. */
export async function ensureRoles(ownerUrl: string, passwords: Readonly<Record<keyof typeof PLANE_ROLES, string>>): Promise<void> {
  await asOwner(ownerUrl, 'holdfast-roles', async (client) => {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [7_400_746_574]);
    for (const [plane, role] of Object.entries(PLANE_ROLES)) {
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
      const verb = rowCount === 0 ? 'create' : 'alter';
      const password = pg.escapeLiteral(passwords[plane as keyof typeof PLANE_ROLES]);
      await client.query(`${verb} role ${role} login nosuperuser nocreatedb nocreaterole noinherit noreplication password ${password}`);
    }
    await client.query('commit');
  });
}

/** Sets the rights of both roles to exactly what roles.sql lists. Needs the roles. */
export async function grantRights(client: pg.Client): Promise<void> {
  await client.query('begin');
  await client.query('set local search_path = holdfast');
  await client.query(RIGHTS);
  await client.query('commit');
}
