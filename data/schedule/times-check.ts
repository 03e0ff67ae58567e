import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import type { Term } from '../nodes/lease.ts';
import { findTimesAgain } from './schedule.ts';

/** Shorter ways back are those of a clock that is being set right. */
const BACK_MILLISECONDS = 30_000;

/**
 * Has next times found again at the beginning of a term, and when the database's clock went back: a clock
 * that was in the future leaves times there.
 */
export function createTimesCheck(db: Kysely<Database>): (term: Term) => Promise<void> {
  let checked: { readonly epoch: number; readonly at: number } | undefined;
  return async (term) => {
    const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db);
    const at = rows[0]?.now.getTime() ?? 0;
    if (checked?.epoch !== term.epoch || at < checked.at - BACK_MILLISECONDS) await findTimesAgain(db, term);
    checked = { epoch: term.epoch, at };
  };
}
