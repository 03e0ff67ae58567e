import type { Secret } from '@holdfast/api';
import type { Actor, Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { limitTo } from '../limit-to.ts';
import { SECRET_STATE } from './secret-state.ts';

export const WEEKS_SHOWN = 13;

interface SecretRow {
  total: number | null;
  id: string;
  sort_key: string;
  lower_name: string;
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
  metadata_revision: number;
  state: Secret['state'];
  version_id: string;
  created_at: Date;
  created_by: Actor;
  replaced_at: Date | null;
  replaced_by: Actor | null;
  last_used_at: Date | null;
  used_by: number;
  projects: { id: string; name: string }[];
  /** Uses by how many days ago they were; `null` when there were none. */
  uses: Readonly<Record<string, number>> | null;
}

/**
 * Orders of the list, over a secret called `s`, each with an index: but for the last use, which every use
 * would have to write into one.
 */
const ORDERS = {
  name: sql`lower(s.name)`,
  created: sql`s.created_at`,
  'last-used': sql`coalesce(s.last_used_at, 'epoch'::timestamptz)`,
  due: sql`coalesce(least(s.rotation_due_at, s.expires_at), 'infinity'::timestamptz)`,
} as const;

export interface SecretOrder {
  readonly by: keyof typeof ORDERS;
  readonly direction: 'asc' | 'desc';
}

/** Where a page ended: the key that it is ordered by, and the name. */
export type SecretPlace = readonly [key: string, name: string];

/** Secrets that come after a place in an order. */
export function afterPlace({ by, direction }: SecretOrder, [key, name]: SecretPlace): RawBuilder<unknown> {
  const than = direction === 'asc' ? sql`>` : sql`<`;
  if (by === 'name') return sql`lower(s.name) ${than} ${name}`;
  return sql`(${ORDERS[by]}, lower(s.name)) ${than} (${key}::timestamptz, ${name})`;
}

export interface SecretListing {
  readonly order: SecretOrder;
  readonly counted: boolean;
  /** Secrets called `s`, all of them or some. */
  readonly from: RawBuilder<unknown>;
}

const BY_NAME: SecretListing = { order: { by: 'name', direction: 'asc' }, counted: false, from: sql`secret s` };

export interface PlacedSecret {
  readonly secret: Secret;
  readonly place: SecretPlace;
  /** How many fulfil the condition, when they were to be counted. */
  readonly total: number | null;
}

/**
 * Named secrets `s` that fulfil `where`, in an order, without any value: there is no right to read
 * one.
 *
 * @param counted - whether to count all that fulfil it in the same pass, however many the limit leaves.
 */
export async function readSecrets(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
  { order: { by, direction }, counted, from }: SecretListing = BY_NAME,
): Promise<PlacedSecret[]> {
  const keyword = sql.raw(direction);
  const order = by === 'name' ? sql`lower(s.name) ${keyword}` : sql`${ORDERS[by]} ${keyword}, lower(s.name) ${keyword}`;
  const chosen = sql`s.organization_id = ${organizationId} and s.name is not null and ${where}`;
  // Their ids alone are kept while they are counted: descriptions may be long.
  const source = counted
    ? sql`(select s.id, count(*) over () as total from ${from} where ${chosen} order by ${order} limit ${limitTo(limit)}) as f
        join secret s on s.organization_id = ${organizationId} and s.id = f.id`
    : from;
  const { rows } = await sql<SecretRow>`
    select ${counted ? sql`f.total` : sql`null::bigint`} as total, s.id, s.name, s.description, s.kind, s.all_projects, s.rotation_days, s.rotation_due_at, s.expires_at, s.destinations,
      s.obtain_url, s.metadata_revision, s.created_at, s.created_by, s.replaced_at, s.replaced_by, s.last_used_at,
      (${ORDERS[by]})::text as sort_key, lower(s.name) as lower_name, ${SECRET_STATE} as state, v.id as version_id, u.id as owner_id, u.name as owner_name,
      (select count(*) from binding b where b.organization_id = s.organization_id and b.secret_id = s.id) as used_by,
      case when s.all_projects then '[]'::json else (select coalesce(json_agg(json_build_object('id', p.id, 'name', p.name) order by p.name), '[]')
        from secret_scope c join project p on p.organization_id = c.organization_id and p.id = c.project_id
        where c.organization_id = s.organization_id and c.secret_id = s.id) end as projects,
      (select json_object_agg((select current_date) - d.day, d.uses) from secret_use_day d
        where d.organization_id = s.organization_id and d.secret_id = s.id
          and d.day > (select current_date) - ${sql.lit(WEEKS_SHOWN * 7)}) as uses
    from ${source}
    join secret_version v on v.organization_id = s.organization_id and v.secret_id = s.id and v.state = 'current'
    left join auth."user" u on u.id = s.owner_user_id
    where ${counted ? sql`true` : chosen}
    order by ${order}
    limit ${limitTo(limit)}`.execute(db);
  return rows.slice(0, limit).map((row) => ({ secret: toSecret(row), place: [row.sort_key, row.lower_name], total: row.total }));
}

/** One secret by its exact name. */
export async function readSecret(db: Kysely<Database>, organizationId: string, name: string): Promise<Secret | undefined> {
  // By the index on lower(name), then exactly.
  const [found] = await readSecrets(db, organizationId, sql`lower(s.name) = lower(${name}) and s.name = ${name}`, 1);
  return found?.secret;
}

function toSecret(row: SecretRow): Secret {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    kind: row.kind,
    owner: row.owner_id === null || row.owner_name === null ? null : { id: row.owner_id, name: row.owner_name },
    scope: row.all_projects ? { kind: 'all-projects', projects: [] } : { kind: 'projects', projects: row.projects },
    rotationDays: row.rotation_days,
    rotationDueAt: row.rotation_due_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    destinations: row.destinations,
    obtainUrl: row.obtain_url,
    state: row.state,
    currentVersionId: row.version_id,
    metadataRevision: row.metadata_revision,
    createdAt: row.created_at.toISOString(),
    createdBy: personOf(row.created_by),
    replacedAt: row.replaced_at?.toISOString() ?? null,
    replacedBy: row.replaced_by === null ? null : personOf(row.replaced_by),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    usedBy: row.used_by,
    usesPerWeek: usesPerWeek(row.uses ?? {}),
  };
}

/** Added up here: grouping them took PostgreSQL a fifth of the page. */
function usesPerWeek(byDaysAgo: Readonly<Record<string, number>>): number[] {
  const weeks = Array.from({ length: WEEKS_SHOWN }, () => 0);
  for (const [daysAgo, uses] of Object.entries(byDaysAgo)) {
    const week = WEEKS_SHOWN - 1 - Math.trunc(Number(daysAgo) / 7);
    weeks[week] = (weeks[week] ?? 0) + uses;
  }
  return weeks;
}
