import type { Secret } from '@holdfast/api';
import type { Actor, Database } from '@holdfast/db';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { personOf } from '../access/caller.ts';
import { stateOf } from './secret-state.ts';

const WEEKS_SHOWN = 13;

interface SecretRow {
  id: string;
  name: string;
  description: string;
  kind: Secret['kind'];
  owner_id: string | null;
  owner_name: string | null;
  all_projects: boolean;
  rotation_days: number | null;
  rotation_due_at: Date | null;
  expires_at: Date | null;
  destinations: string[];
  obtain_url: string | null;
  version_id: string;
  created_at: Date;
  created_by: Actor;
  replaced_at: Date | null;
  replaced_by: Actor | null;
  last_used_at: Date | null;
  used_by: number;
}

/** Named secrets `s` that fulfil `where`, in order of their names, without any value: there is no right to read one. */
export async function readSecrets(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<Secret[]> {
  const { rows } = await sql<SecretRow>`
    select s.id, s.name, s.description, s.kind, s.all_projects, s.rotation_days, s.rotation_due_at, s.expires_at, s.destinations,
      s.obtain_url, s.created_at, s.created_by, s.replaced_at, s.replaced_by, s.last_used_at,
      v.id as version_id, u.id as owner_id, u.name as owner_name,
      (select count(*) from binding b where b.organization_id = s.organization_id and b.secret_id = s.id) as used_by
    from secret s
    join secret_version v on v.organization_id = s.organization_id and v.secret_id = s.id and v.state = 'current'
    left join auth."user" u on u.id = s.owner_user_id
    where s.organization_id = ${organizationId} and s.name is not null and ${where}
    order by lower(s.name)
    limit ${limit}`.execute(db);
  const ids = rows.map((row) => row.id);
  const [scopes, uses] = await Promise.all([readScopes(db, organizationId, ids), readUses(db, organizationId, ids)]);
  return rows.map((row) => toSecret(row, scopes.get(row.id) ?? [], uses.get(row.id)));
}

/** One secret by its exact name. */
export async function readSecret(db: Kysely<Database>, organizationId: string, name: string): Promise<Secret | undefined> {
  // By the index on lower(name), then exactly.
  const [secret] = await readSecrets(db, organizationId, sql`lower(s.name) = lower(${name}) and s.name = ${name}`, 1);
  return secret;
}

function toSecret(row: SecretRow, projects: { id: string; name: string }[], uses: number[] | undefined): Secret {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    kind: row.kind,
    owner: row.owner_id === null || row.owner_name === null ? null : { id: row.owner_id, name: row.owner_name },
    scope: row.all_projects ? { kind: 'all-projects', projects: [] } : { kind: 'projects', projects },
    rotationDays: row.rotation_days,
    rotationDueAt: row.rotation_due_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    destinations: row.destinations,
    obtainUrl: row.obtain_url,
    state: stateOf(row),
    currentVersionId: row.version_id,
    createdAt: row.created_at.toISOString(),
    createdBy: personOf(row.created_by),
    replacedAt: row.replaced_at?.toISOString() ?? null,
    replacedBy: row.replaced_by === null ? null : personOf(row.replaced_by),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    usedBy: row.used_by,
    usesPerWeek: uses ?? new Array<number>(WEEKS_SHOWN).fill(0),
  };
}

async function readScopes(
  db: Kysely<Database>,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, { id: string; name: string }[]>> {
  const rows = await db
    .selectFrom('secret_scope')
    .innerJoin('project', (join) =>
      join.onRef('project.organization_id', '=', 'secret_scope.organization_id').onRef('project.id', '=', 'secret_scope.project_id'),
    )
    .select(['secret_scope.secret_id', 'project.id', 'project.name'])
    .where('secret_scope.organization_id', '=', organizationId)
    .where('secret_scope.secret_id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('project.name')
    .execute();
  const scopes = new Map<string, { id: string; name: string }[]>();
  for (const { secret_id, id, name } of rows) scopes.set(secret_id, [...(scopes.get(secret_id) ?? []), { id, name }]);
  return scopes;
}

/** Uses in each of the last 13 weeks, oldest first; the last one ends today. */
async function readUses(db: Kysely<Database>, organizationId: string, ids: readonly string[]): Promise<Map<string, number[]>> {
  const { rows } = await sql<{ secret_id: string; week: number; uses: number }>`
    select secret_id, ((now() at time zone 'UTC')::date - day) / 7 as week, sum(uses)::int as uses
    from secret_use_day
    where organization_id = ${organizationId} and secret_id = any(${ids}::uuid[])
      and day > (now() at time zone 'UTC')::date - ${WEEKS_SHOWN * 7}::int
    group by 1, 2`.execute(db);
  const uses = new Map<string, number[]>();
  for (const row of rows) {
    const weeks = uses.get(row.secret_id) ?? new Array<number>(WEEKS_SHOWN).fill(0);
    const position = WEEKS_SHOWN - 1 - Math.max(0, row.week);
    if (position >= 0) weeks[position] = (weeks[position] ?? 0) + row.uses;
    uses.set(row.secret_id, weeks);
  }
  return uses;
}
