import { sql } from 'kysely';
import type { InTransaction } from './connection/statements.ts';

/**
 * The organizations on whose records it stands what an account does as a whole, such as signing in: those
 * that it is a member of, in the order of their ids, so that two appends never wait for each other in a
 * circle. Not those whose deletion has begun: their records are held until they are gone, which may take an
 * hour, and nobody would sign in meanwhile.
 */
export async function recordingOrganizations(tx: InTransaction, userId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select m."organizationId" as id from auth.member m
    where m."userId" = ${userId} and not exists (
      select from organization_deletion d where d.organization_id = m."organizationId" and d.begun_at is not null)
    order by m."organizationId"`.execute(tx);
  return rows.map(({ id }) => id);
}
