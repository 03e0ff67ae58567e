import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';
import { inScopeOf } from './usability.ts';

/** Names are looked up exactly; one that differs in case only is offered. */
export async function secretNotFound(db: Kysely<Database>, organizationId: string, name: string): Promise<HoldfastError> {
  const near = await nameInAnotherCase(db, organizationId, name);
  return new HoldfastError('not_found', `There is no secret “${name}”.`, near === undefined ? {} : { remedy: `Did you mean “${near}”?` });
}

/** @param projectId only secrets that this project may use are known to the caller. */
export async function nameInAnotherCase(
  db: Kysely<Database>,
  organizationId: string,
  name: string,
  projectId?: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('secret')
    .select('name')
    .where('organization_id', '=', organizationId)
    .where(sql`lower(name)`, '=', name.toLowerCase())
    .$if(projectId !== undefined, (select) => select.where(inScopeOf(projectId ?? '')))
    .executeTakeFirst();
  return row?.name ?? undefined;
}
