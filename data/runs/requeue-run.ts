import { type Database, type Queue, transaction } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';

/** Lets a run wait for a slot again, with a job for it. Does nothing when it has ended or waits already. */
export async function requeueRun(
  db: Kysely<Database>,
  queue: Queue,
  { organizationId, runId, turn }: { readonly organizationId: string; readonly runId: string; readonly turn: number },
): Promise<void> {
  await transaction(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('run')
      .set({ status: 'queued' })
      .where('organization_id', '=', organizationId)
      .where('id', '=', runId)
      .where('status', '=', 'running')
      // Another slot may have it by now.
      .where(sql<boolean>`coalesce(turn, 0) = ${turn}`)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await queue.send(tx, 'run', { runId, turn });
  });
}
