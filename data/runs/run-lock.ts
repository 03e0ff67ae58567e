import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { advisoryLock, withAdvisoryLock } from '../advisory-lock.ts';

/** Works on a run as the only one, in all processes: see {@link withAdvisoryLock}. */
export function withRunLock(db: Kysely<Database>, runId: string, work: (held: Kysely<Database>) => Promise<void>): Promise<boolean> {
  return withAdvisoryLock(db, `run ${runId}`, work);
}

export function lockOf(runId: string) {
  return advisoryLock(`run ${runId}`);
}
