import { DAY_MILLISECONDS, UNUSED_DAYS } from '@holdfast/api';
import { type Database, LATEST_TIME } from '@holdfast/db/control';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { EXPIRED } from './usability.ts';

/** The state of a secret called `s`. `expired` counts as missing at every use; `rotation-due` still works. */
export const SECRET_STATE = sql<'expired' | 'rotation-due' | 'ok'>`case
  when ${EXPIRED} then 'expired' when s.rotation_due_at <= ${LATEST_TIME} then 'rotation-due' else 'ok' end`;

/** A value is due for rotation this many days after it was set. */
export function rotationDueAt(rotationDays: number | null, valueSetAt: Date): Date | null {
  return rotationDays === null ? null : new Date(valueSetAt.getTime() + rotationDays * DAY_MILLISECONDS);
}

/** The filters of the list, over a secret called `s`. */
export const SECRET_FILTERS = {
  expired: EXPIRED,
  'rotation-due': sql<boolean>`${SECRET_STATE} = 'rotation-due'`,
  // Made so long ago, which an index knows, and not used since.
  unused: sql<boolean>`s.created_at < latest_time() - make_interval(days => ${sql.lit(UNUSED_DAYS)})
    and coalesce(s.last_used_at, s.created_at) < ${LATEST_TIME} - make_interval(days => ${sql.lit(UNUSED_DAYS)})`,
} as const;

export interface SecretCounts {
  readonly all: number;
  readonly expired: number;
  readonly rotationDue: number;
  readonly unused: number;
}

/** As the index on due times has it. */
const DUE_TIME = sql`coalesce(least(s.rotation_due_at, s.expires_at), 'infinity'::timestamptz)`;

/**
 * Of the organization's secrets; a component's own sealed values are not among them. All of them are counted
 * by triggers; of the others those are looked at that an index finds due, or made long enough ago.
 */
export async function countSecrets(db: Kysely<Database>, organizationId: string): Promise<SecretCounts> {
  const named = sql`from secret s where s.organization_id = ${organizationId} and s.name is not null`;
  const { rows } = await sql<SecretCounts>`
    select ${secretCount(organizationId)} as "all", due.expired, due."rotationDue", old.unused
    from (
      select count(*) filter (where ${SECRET_FILTERS.expired}) as expired,
        count(*) filter (where ${SECRET_FILTERS['rotation-due']}) as "rotationDue"
      ${named} and ${DUE_TIME} <= latest_time()
    ) due, (
      select count(*) filter (where ${SECRET_FILTERS.unused}) as unused
      ${named} and s.created_at < latest_time() - make_interval(days => ${sql.lit(UNUSED_DAYS)})
    ) old`.execute(db);
  return rows[0] ?? { all: 0, expired: 0, rotationDue: 0, unused: 0 };
}

/** How many secrets with a name an organization has, without counting them. */
function secretCount(organizationId: string): RawBuilder<number> {
  return sql<number>`coalesce((select c.named from secret_count c where c.organization_id = ${organizationId}), 0)`;
}
