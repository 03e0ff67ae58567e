import type { Database } from '@holdfast/db/data';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/**
 * Works on something as the only one, in all processes: the lock belongs to a database connection and ends
 * with it, so that a process that was killed leaves nothing behind. `held` is that connection: what is
 * written through it fails when the lock is lost. Answers `false`, without working, when somebody else has
 * the lock.
 */
export async function withAdvisoryLock(
  db: Kysely<Database>,
  name: string,
  work: (held: Kysely<Database>) => Promise<void>,
): Promise<boolean> {
  return db.connection().execute(async (held) => {
    const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(${advisoryLock(name)}) as locked`.execute(held);
    if (rows[0]?.locked !== true) return false;
    try {
      await work(held);
    } finally {
      // When the connection is lost the lock went with it.
      await sql`select pg_advisory_unlock(${advisoryLock(name)})`.execute(held).catch(() => undefined);
    }
    return true;
  });
}

/** The number that stands for a name, or for the text that an SQL expression gives. */
export function advisoryLock(name: string | RawBuilder<unknown>) {
  return sql`hashtextextended(${name}, 0)`;
}
