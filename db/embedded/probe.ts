import pg from 'pg';
import { type DatabaseFault, databaseFaultOf } from '../connection/database-errors.ts';

/**
 * Whether a server answers a query. `starting`: it says that it starts, recovers or shuts down. `silent`:
 * nothing came in time. `refuses`: it does not know this role or password.
 */
export interface Probe {
  readonly state: 'answers' | 'starting' | 'silent' | 'refuses';
  readonly reason: string;
}

/** By what it fails with. Who has no connection to spare, or ended this one, is there. */
const STATES: { readonly [Fault in DatabaseFault]?: Probe['state'] } = {
  starting: 'starting',
  login_refused: 'refuses',
  full: 'answers',
  disk_full: 'answers',
  stopping: 'answers',
};

/** Asks the server `select 1`, on a connection of its own. */
export async function probe(url: string, milliseconds: number): Promise<Probe> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: milliseconds, query_timeout: milliseconds });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return { state: 'answers', reason: '' };
  } catch (error) {
    const fault = databaseFaultOf(error);
    return { state: (fault && STATES[fault]) ?? 'silent', reason: (error as Error).message };
  } finally {
    // Not waited for: a server that hangs does not close a connection either.
    void client.end().catch(() => {});
  }
}
