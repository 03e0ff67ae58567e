import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';

interface RunPlace {
  readonly organizationId: string;
  readonly id: string;
}

/** Lets runs wait for a slot again. Does nothing with one that has ended or waits already. */
export async function requeueRuns(db: Kysely<Database>, runs: readonly RunPlace[]): Promise<void> {
  if (runs.length === 0) return;
  await sql`
    update run r set status = 'queued'
    from unnest(${runs.map(({ organizationId }) => organizationId)}::uuid[], ${runs.map(({ id }) => id)}::uuid[]) as c (organization_id, id)
    where r.organization_id = c.organization_id and r.id = c.id and r.status = 'running'`.execute(db);
}
