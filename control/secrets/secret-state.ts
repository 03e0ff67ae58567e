import type { Secret } from '@holdfast/api';
import type { Database } from '@holdfast/db';
import { type Kysely, sql } from 'kysely';

const DAY_MILLISECONDS = 86_400_000;

/** `expired` counts as missing at every use; `rotation-due` still works. */
export function stateOf(secret: { expires_at: Date | null; rotation_due_at: Date | null }, now: Date = new Date()): Secret['state'] {
  if (secret.expires_at !== null && secret.expires_at <= now) return 'expired';
  if (secret.rotation_due_at !== null && secret.rotation_due_at <= now) return 'rotation-due';
  return 'ok';
}

/** A value is due for rotation this many days after it was set. */
export function rotationDueAt(rotationDays: number | null, valueSetAt: Date): Date | null {
  return rotationDays === null ? null : new Date(valueSetAt.getTime() + rotationDays * DAY_MILLISECONDS);
}

/** The filters of the list, over a secret called `s`. A secret is unused when nothing is bound to it. */
export const SECRET_FILTERS = {
  expired: sql<boolean>`s.expires_at <= now()`,
  'rotation-due': sql<boolean>`(s.rotation_due_at <= now() and (s.expires_at is null or s.expires_at > now()))`,
  unused: sql<boolean>`not exists (select from binding b where b.organization_id = s.organization_id and b.secret_id = s.id)`,
} as const;

export interface SecretCounts {
  readonly all: number;
  readonly expired: number;
  readonly rotationDue: number;
  readonly unused: number;
}

/** Of the organization's secrets; a component's own sealed values are not among them. */
export async function countSecrets(db: Kysely<Database>, organizationId: string): Promise<SecretCounts> {
  const { rows } = await sql<SecretCounts>`
    select count(*) as "all",
      count(*) filter (where ${SECRET_FILTERS.expired}) as expired,
      count(*) filter (where ${SECRET_FILTERS['rotation-due']}) as "rotationDue",
      -- Not SECRET_FILTERS.unused, which would look once for each secret.
      count(*) filter (where s.id not in (
        select b.secret_id from binding b where b.organization_id = ${organizationId} and b.secret_id is not null)) as unused
    from secret s where s.organization_id = ${organizationId} and s.name is not null`.execute(db);
  return rows[0] ?? { all: 0, expired: 0, rotationDue: 0, unused: 0 };
}
