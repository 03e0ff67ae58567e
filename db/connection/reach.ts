import pg from 'pg';
import { PrepareError } from '../schema/prepare-error.ts';
import { type ConnectionProblem, problemOfConnection, problemOfDatabaseUrl } from './connection-error.ts';

const TIMEOUT_MILLISECONDS = 10_000;

/**
 * Logs in once. @throws PrepareError that says what is wrong with the address, the server or the role, never
 * the password.
 */
export async function reachDatabase(url: string): Promise<void> {
  refuse(problemOfDatabaseUrl(url));
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: TIMEOUT_MILLISECONDS });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    refuse(problemOfConnection(url, error));
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

function refuse(problem: ConnectionProblem | undefined): void {
  if (problem !== undefined) throw new PrepareError(problem.message, { remedy: problem.remedy });
}
