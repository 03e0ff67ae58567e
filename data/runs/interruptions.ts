import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import { isOutage } from './failure.ts';
import { delayAfter, type RetryPolicy } from './retry.ts';

/** While the database or the record is away, nothing is decided: it is tried again as soon as it is back. */
const OUTAGE_MILLISECONDS = 1_000;
/** Of the runs that were interrupted, so many are known; one that is forgotten is counted from the start. */
const KNOWN = 10_000;

type RunPlace = { readonly organizationId: string; readonly id: string };

interface Interrupted {
  readonly times: number;
  /** What the run had done by then. */
  readonly done: number;
}

export interface NextAttempt {
  /** How often it was interrupted since it did something last. */
  readonly times: number;
  /** It has had as many attempts as a document has. */
  readonly giveUp: boolean;
  /** Until it is taken up again. */
  readonly milliseconds: number;
}

/** How runs are taken up again that errors interrupt: as documents are tried again, by the same policy. */
export interface Interruptions {
  /** Counts one more, and never rejects. An outage does not count. */
  pauseAfter(run: RunPlace, error: unknown): Promise<NextAttempt>;
  forget(run: RunPlace): void;
}

/** Of this process: another node that takes a run up counts for itself. */
export function createInterruptions(db: Kysely<Database>, policy: RetryPolicy): Interruptions {
  const known = new LRUCache<string, Interrupted>({ max: KNOWN });
  return {
    async pauseAfter(run, error) {
      const done = isOutage(error) ? undefined : await readDone(db, run).catch(() => undefined);
      if (done === undefined) return { times: 0, giveUp: false, milliseconds: OUTAGE_MILLISECONDS };
      const before = known.get(run.id);
      const times = before?.done === done ? before.times + 1 : 1;
      known.set(run.id, { times, done });
      return { times, giveUp: times >= policy.attempts, milliseconds: delayAfter(policy, times) };
    },
    forget: ({ id }) => void known.delete(id),
  };
}

/** Documents that came to their end, and steps that are done: it grows while there is progress. */
async function readDone(db: Kysely<Database>, { organizationId, id }: RunPlace): Promise<number> {
  const { rows } = await sql<{ done: number }>`
    select ((select count(*) from run_item where organization_id = ${organizationId} and run_id = ${id} and finished_at is not null)
      + (select count(*) from item_step where organization_id = ${organizationId} and run_id = ${id}))::integer as done`.execute(db);
  return rows[0]?.done ?? 0;
}
