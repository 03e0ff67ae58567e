import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from './schema.ts';

export type DatabaseConnection = Kysely<Database>;

/** A statement that runs longer is ended by the server: no request waits that long for an answer. */
const STATEMENT_TIMEOUT_MILLISECONDS = 30_000;
const LOCK_TIMEOUT_MILLISECONDS = 10_000;
/** A transaction that somebody forgot must not hold the audit's head row. */
const IDLE_IN_TRANSACTION_MILLISECONDS = 30_000;
const CONNECT_TIMEOUT_MILLISECONDS = 5_000;

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);
// A date is a day, in no time zone: as text it stays one.
types.setTypeParser(pg.types.builtins.DATE, (text: string) => text);

/**
 * A pool of connections. Connections are opened at the first statement, and again after the database was away.
 *
 * @param name shown in pg_stat_activity.
 * @param maximumConnections 10 by default.
 */
export function connect(url: string, options: { name: string; maximumConnections?: number }): DatabaseConnection {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.name,
    max: options.maximumConnections ?? 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
    statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
    lock_timeout: LOCK_TIMEOUT_MILLISECONDS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MILLISECONDS,
    options: '-c search_path=holdfast -c timezone=UTC',
    types,
  });
  // A connection that the server ends fails the statement under way, and is replaced at the next use; without a listener on the
  // pool (for idle ones) and on each client (for one in use) it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
