import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/** Names are looked up exactly; one that differs in case only is offered. */
export async function secretNotFound(db: Kysely<Database>, organizationId: string, name: string): Promise<HoldfastError> {
  const near = await nameInAnotherCase(db, organizationId, name);
  return new HoldfastError('not_found', `There is no secret “${name}”.`, near === undefined ? {} : { remedy: `Did you mean “${near}”?` });
}

/** @param visible - of `secret`: which of them the caller may know of; all by default. */
export async function nameInAnotherCase(
  db: Kysely<Database>,
  organizationId: string,
  name: string,
  visible: RawBuilder<boolean> = sql<boolean>`true`,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('secret')
    .select('name')
    .where('organization_id', '=', organizationId)
    .where(sql`lower(name)`, '=', name.toLowerCase())
    .where(visible)
    .executeTakeFirst();
  return row?.name ?? undefined;
}
