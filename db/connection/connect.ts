import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { withAnswerDeadline } from './answer-deadline.ts';
import { setPool } from './statements.ts';
import { setTransactionPool } from './transaction.ts';

export interface ConnectOptions {
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** 10 by default. */
  readonly maximumConnections?: number;
  /**
   * Connections for `transaction` alone, beside the others, so that changes that wait for a lock leave reads
   * a connection. By default transactions share the others.
   */
  readonly maximumTransactions?: number;
  /**
   * A statement that runs longer is ended by the server: no request waits that long for an answer. 30 s by
   * default.
   */
  readonly statementTimeoutMilliseconds?: number;
  /**
   * A statement that waits longer for a lock fails with 55P03. 1.25 s by default, so that who waits for the
   * record hears within 2 s.
   */
  readonly lockTimeoutMilliseconds?: number;
  /**
   * A statement that the server does not answer within this time fails with NoAnswerError, also when the
   * server hangs as a whole. By default 5 s more than the server's own limit for statements.
   */
  readonly answerTimeoutMilliseconds?: number;
  /** The same for the statements of `transaction`, when it has connections of its own. */
  readonly transactionAnswerTimeoutMilliseconds?: number;
  /**
   * Plans each prepared statement once, for whatever values it is sent with, `transaction` excepted. Else the
   * server may plan it afresh for every call, which takes as long as to read a page. How many rows are wanted
   * must then stand in the text.
   */
  readonly plansOnce?: boolean;
  /**
   * Its statements find rows by their keys: the server is not to read a table from end to end, which it else
   * takes for quickest while the table is small, and goes on with when it is large.
   */
  readonly findsByKey?: boolean;
  /** How long a caller waits for a connection that is free, or for a new one. 5 s by default. */
  readonly connectTimeoutMilliseconds?: number;
}

const STATEMENT_TIMEOUT_MILLISECONDS = 30_000;
const LOCK_TIMEOUT_MILLISECONDS = 1_250;
/** A transaction that somebody forgot must not hold the audit's head row. */
const IDLE_IN_TRANSACTION_MILLISECONDS = 30_000;
const CONNECT_TIMEOUT_MILLISECONDS = 5_000;
const ANSWER_MARGIN_MILLISECONDS = 5_000;

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);
// A date is a day, in no time zone: as text it stays one.
types.setTypeParser(pg.types.builtins.DATE, (text: string) => text);

/** `connect` for those who may name these tables. */
export type Connect<Tables> = (url: string, options: ConnectOptions) => Kysely<Tables>;
export type ConnectForHealth<Tables> = (url: string, name: string) => Kysely<Tables>;

/**
 * A pool of connections. Connections are opened at the first statement, and again after the database was
 * away.
 */
export function connect<Tables>(url: string, options: ConnectOptions): Kysely<Tables> {
  const db = open<Tables>(url, options, options.maximumConnections ?? 10);
  if (options.maximumTransactions === undefined) return db;
  const answerTimeoutMilliseconds = options.transactionAnswerTimeoutMilliseconds ?? options.answerTimeoutMilliseconds;
  const ofTransactions = { ...options, plansOnce: false, ...(answerTimeoutMilliseconds !== undefined && { answerTimeoutMilliseconds }) };
  const transactions = open<Tables>(url, ofTransactions, options.maximumTransactions);
  setTransactionPool(db, transactions);
  const destroy = db.destroy.bind(db);
  db.destroy = async () => {
    await Promise.all([destroy(), transactions.destroy()]);
  };
  return db;
}

/**
 * One connection for readiness checks, which nothing else waits for or holds; it answers or fails within 2
 * seconds.
 */
export function connectForHealth<Tables>(url: string, name: string): Kysely<Tables> {
  return connect(url, {
    name,
    maximumConnections: 1,
    statementTimeoutMilliseconds: 1_500,
    answerTimeoutMilliseconds: 1_500,
    connectTimeoutMilliseconds: 1_500,
  });
}

function settingsOf({ plansOnce, findsByKey }: ConnectOptions): string {
  const settings = ['search_path=holdfast', 'timezone=UTC'];
  if (plansOnce) settings.push('plan_cache_mode=force_generic_plan');
  if (findsByKey) settings.push('enable_seqscan=off');
  return settings.map((setting) => `-c ${setting}`).join(' ');
}

function open<Tables>(url: string, options: ConnectOptions, max: number): Kysely<Tables> {
  const statementTimeout = options.statementTimeoutMilliseconds ?? STATEMENT_TIMEOUT_MILLISECONDS;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.name,
    max,
    connectionTimeoutMillis: options.connectTimeoutMilliseconds ?? CONNECT_TIMEOUT_MILLISECONDS,
    statement_timeout: statementTimeout,
    lock_timeout: options.lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MILLISECONDS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MILLISECONDS,
    options: settingsOf(options),
    types,
  });
  // A connection that the server ends fails the statement under way, and is replaced at the next use; without
  // a listener on the pool (for idle ones) and on each client (for one in use) it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  const answerTimeout = options.answerTimeoutMilliseconds ?? statementTimeout + ANSWER_MARGIN_MILLISECONDS;
  const guarded = withAnswerDeadline(pool, answerTimeout);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: guarded }) });
  setPool(db, async (text, values) => {
    const client = await guarded.connect();
    try {
      return (await client.query<unknown>(text, values)).rows;
    } finally {
      client.release();
    }
  });
  return db;
}
