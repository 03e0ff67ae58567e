import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';

/**
 * Processor time, in milliseconds, that each of PostgreSQL's processes for the sessions of a plane's role in
 * a database has used so far, by its id. Linux alone says it. On a machine that others use it says more than
 * calls a second do.
 *
 * @param pool of that database, as its owner.
 */
export async function databaseTimes(pool: pg.Pool, plane: 'control' | 'data'): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ title: string }>(
    `select 'postgres: ' || role_prefix || '_${plane} ' || current_database() || ' ' as title from instance`,
  );
  const title = rows[0]?.title ?? '';
  const times = new Map<string, number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      if (!(await readFile(`/proc/${pid}/cmdline`, 'utf8')).startsWith(title)) continue;
      times.set(pid, Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0]) / 1e6);
    } catch {
      // It ended meanwhile.
    }
  }
  return times;
}

/** Milliseconds between two such readings; `undefined` when sessions began or ended meanwhile. */
export function millisecondsBetween(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number | undefined {
  if (before.size !== after.size) return undefined;
  let sum = 0;
  for (const [pid, time] of after) {
    const former = before.get(pid);
    if (former === undefined) return undefined;
    sum += time - former;
  }
  return sum;
}
