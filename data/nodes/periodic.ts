import { type Database, transaction } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { repeat } from '../repeat.ts';
import { LeaseLost, type Term } from './lease.ts';

/**
 * From this interval on, the database remembers when a work was begun, so that another node that takes over
 * does not begin it at once.
 */
const REMEMBERED_FROM_SECONDS = 600;
const LOOK_SECONDS = 5;

/**
 * Does something now and then again on the one node that has the lease. The work calls `term.confirm` in each
 * of its transactions, unless two nodes may do it at once: docs/decisions/0034 names those that do not.
 *
 * @param term answers the time in which this node does periodic work: see {@link Lease.term}.
 */
export function repeatOnOneNode(
  { db, term }: { readonly db: Kysely<Database>; readonly term: () => Term | undefined },
  { name, everySeconds }: { readonly name: string; readonly everySeconds: number },
  work: (term: Term) => Promise<unknown>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const remembered = everySeconds >= REMEMBERED_FROM_SECONDS;
  return repeat(
    Math.min(everySeconds, remembered ? LOOK_SECONDS : everySeconds),
    async () => {
      const now = term();
      if (now === undefined || (remembered && !(await begin(db, now, name, everySeconds)))) return;
      await work(now).finally(() => (remembered && now.held() ? end(db, name) : undefined));
    },
    (error) => {
      if (!(error instanceof LeaseLost)) onError(error);
    },
  );
}

async function end(db: Kysely<Database>, name: string): Promise<void> {
  await db.updateTable('periodic_work').set({ ended: true }).where('name', '=', name).execute();
}

/**
 * Answers whether it is due, and notes that it begins now. A time in the future is of a clock that was set
 * back since.
 */
async function begin(db: Kysely<Database>, term: Term, name: string, everySeconds: number): Promise<boolean> {
  return transaction(db, async (tx) => {
    await term.confirm(tx);
    const { numAffectedRows } = await sql`
      insert into periodic_work as p (name, begun_at) values (${name}, now())
      on conflict (name) do update set begun_at = now(), ended = false
      where not p.ended or p.begun_at not between now() - make_interval(secs => ${everySeconds}) and now()`.execute(tx);
    return (numAffectedRows ?? 0n) > 0n;
  });
}
