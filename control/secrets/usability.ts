import type { Usability } from '@holdfast/api';
import { type Database, LATEST_TIME, locking, type Tx } from '@holdfast/db/control';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/**
 * A secret in a project. What a use of it there would say decides db/usable.sql. Everything in this plane
 * that asks, asks here.
 */
export interface UsableSecret {
  readonly id: string;
  readonly inScope: boolean;
  readonly state: Usability;
}

/** Secrets of these exact names as a project may use them. They stay until the transaction ends. */
export async function lockUsability(
  tx: Tx,
  { organizationId, projectId }: { readonly organizationId: string; readonly projectId: string },
  names: readonly string[],
): Promise<ReadonlyMap<string, UsableSecret>> {
  if (names.length === 0) return new Map();
  locking(tx, 'secret');
  const { rows } = await sql<UsableSecret & { name: string }>`
    select s.id, s.name, u.in_scope as "inScope", u.state
    from secret s
    join secret_in_project u on u.organization_id = s.organization_id and u.secret_id = s.id and u.project_id = ${projectId}
    where s.organization_id = ${organizationId} and s.name = any(${[...new Set(names)]}::text[])
    order by s.id for key share of s`.execute(tx);
  return new Map(rows.map((row) => [row.name, row]));
}

/** Whether the secret called `secret` is meant for a project. */
export function inScopeOf(projectId: string, secret: RawBuilder<unknown> = sql.ref('secret')): RawBuilder<boolean> {
  return sql<boolean>`exists (select from secret_in_project u
    where u.organization_id = ${secret}.organization_id and u.secret_id = ${secret}.id and u.project_id = ${projectId} and u.in_scope)`;
}

/** Whether the secret called `s` has expired. */
export const EXPIRED = sql<boolean>`has_expired(s.expires_at, ${LATEST_TIME})`;

export interface BindingState {
  readonly consumerId: string;
  readonly option: string;
  /** The name in the option's text; empty when the secret is the whole value. */
  readonly reference: string;
  /** Of the secret as it is called now, or as it was called when it was deleted; `null` for an own value. */
  readonly secretName: string | null;
  readonly state: Usability;
}

/** The bindings of some consumers, with what a use of each would say, by the consumer's id. */
export async function readBindingStates(
  db: Kysely<Database>,
  organizationId: string,
  consumerIds: readonly string[],
): Promise<ReadonlyMap<string, readonly BindingState[]>> {
  const { rows } = await sql<BindingState>`
    select b.consumer_id as "consumerId", b.option, b.reference, b.secret_name as "secretName", b.state
    from binding_in_project b
    where b.organization_id = ${organizationId} and b.consumer_id = any(${consumerIds}::uuid[])
    order by b.consumer_id, b.option, b.reference`.execute(db);
  return Map.groupBy(rows, (row) => row.consumerId);
}
