import { type Database, inNaturalGroups } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';

interface RunPlace {
  readonly organizationId: string;
  readonly id: string;
}

/** Which of these runs somebody cancelled, or deleted with their workflow; by their ids. */
export async function findCancelled(db: Kysely<Database>, runs: readonly RunPlace[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select asked.id from unnest(${runs.map(({ organizationId }) => organizationId)}::uuid[], ${runs.map(({ id }) => id)}::uuid[])
      as asked (organization_id, id)
    left join run r on r.organization_id = asked.organization_id and r.id = asked.id
    where coalesce(r.cancel_requested, true)`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Whether somebody cancelled the run, or deleted it with its workflow. Many are asked about in one statement.
 */
export function createCancelCheck(db: Kysely<Database>): (run: RunPlace) => Promise<boolean> {
  return inNaturalGroups(async (runs) => {
    const cancelled = await findCancelled(db, runs);
    return runs.map(({ id }) => cancelled.has(id));
  });
}
