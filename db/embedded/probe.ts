import pg from 'pg';

/**
 * Whether a server answers a query. `starting`: it says that it starts, recovers or shuts down. `silent`:
 * nothing came in time. `refuses`: it does not know this role or password.
 */
export interface Probe {
  readonly state: 'answers' | 'starting' | 'silent' | 'refuses';
  readonly reason: string;
}

const CANNOT_CONNECT_NOW = '57P03';
/** It has no connection to spare, or ended this one: it is there. */
const BUSY = /^(?:53|57P0[12])/;
const PASSWORD = /^28/;

/** Asks the server `select 1`, on a connection of its own. */
export async function probe(url: string, milliseconds: number): Promise<Probe> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: milliseconds, query_timeout: milliseconds });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return { state: 'answers', reason: '' };
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    if (code === CANNOT_CONNECT_NOW) return { state: 'starting', reason: message };
    if (PASSWORD.test(code)) return { state: 'refuses', reason: message };
    return { state: BUSY.test(code) ? 'answers' : 'silent', reason: message };
  } finally {
    // Not waited for: a server that hangs does not close a connection either.
    void client.end().catch(() => {});
  }
}
