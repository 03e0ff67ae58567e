import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';

/**
 * Processor time, in milliseconds, that PostgreSQL has used so far for the sessions of a plane's role in a
 * database that are there now. Linux alone says it. On a machine that others use it says more than calls a
 * second do.
 *
 * @param pool of that database, as its owner.
 */
export async function databaseMilliseconds(pool: pg.Pool, plane: 'control' | 'data'): Promise<number> {
  const { rows } = await pool.query<{ title: string }>(
    `select 'postgres: ' || role_prefix || '_${plane} ' || current_database() || ' ' as title from instance`,
  );
  const title = rows[0]?.title ?? '';
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const times = await Promise.all(
    pids.map(async (pid) => {
      try {
        if (!(await readFile(`/proc/${pid}/cmdline`, 'utf8')).startsWith(title)) return 0;
        return Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0]) / 1e6;
      } catch {
        // It ended meanwhile.
        return 0;
      }
    }),
  );
  return times.reduce((sum, time) => sum + time, 0);
}
