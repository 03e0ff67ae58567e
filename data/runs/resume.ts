import type { Database } from '@holdfast/db';
import { type Kysely, sql } from 'kysely';
import { lockOf } from './run-lock.ts';

/** Long enough for a job that was just queued to be taken. */
const QUEUED_SECONDS = 30;

/**
 * Runs that nobody is at although they have not ended: their process was killed, or their job was lost. A run that is
 * being executed keeps its lock, and is not among them.
 */
export async function strandedRuns(db: Kysely<Database>): Promise<{ organizationId: string; runId: string }[]> {
  const candidates = await db
    .selectFrom('run')
    .select(['organization_id', 'id'])
    .where((where) =>
      where.or([
        where('status', '=', 'running'),
        where.and([where('status', '=', 'queued'), where('created_at', '<', sql<Date>`now() - make_interval(secs => ${QUEUED_SECONDS})`)]),
      ]),
    )
    .orderBy('id')
    .limit(200)
    .execute();
  const stranded: { organizationId: string; runId: string }[] = [];
  for (const { organization_id: organizationId, id: runId } of candidates) {
    // For the length of this statement only.
    const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_xact_lock(${lockOf(runId)}) as free`.execute(db);
    if (rows[0]?.free === true) stranded.push({ organizationId, runId });
  }
  return stranded;
}
