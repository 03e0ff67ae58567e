import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';

/** Whether somebody cancelled the run, or deleted it with its workflow. */
export async function isCancelled(db: Kysely<Database>, organizationId: string, runId: string): Promise<boolean> {
  const row = await db
    .selectFrom('run')
    .select('cancel_requested')
    .where('organization_id', '=', organizationId)
    .where('id', '=', runId)
    .executeTakeFirst();
  return row === undefined || row.cancel_requested;
}
