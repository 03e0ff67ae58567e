import { ConfigurationError } from '@holdfast/service';
import pg from 'pg';

/** A connection as its holder sees it. */
export interface Session {
  /** Answers the number of the backend process that ran the statement, when the statement asks for it. */
  query(statement: string): Promise<{ rows: { pid?: number }[] }>;
}

const WHICH_BACKEND = 'select pg_backend_pid() as pid';

/**
 * Makes sure that a connection keeps one session of PostgreSQL for itself. Behind a pooler in transaction
 * mode it does not: locks that belong to a session are lost without a word (two processes would execute one
 * run), and LISTEN hears nothing.
 *
 * @throws ConfigurationError which says what to change.
 */
export async function requireOwnSessions(databaseUrl: string): Promise<void> {
  const open = () =>
    new pg.Client({ connectionString: databaseUrl, application_name: 'holdfast-session-check', statement_timeout: 10_000 });
  const clients = [open(), open()] as const;
  for (const client of clients) client.on('error', () => {});
  try {
    for (const client of clients) await client.connect();
    await compareSessions(...clients);
  } finally {
    for (const client of clients) await client.end().catch(() => {});
  }
}

/**
 * While one of two connections is idle, a transaction of the other must not get its backend; and it must get
 * its own back.
 *
 * @throws ConfigurationError otherwise; what a statement fails with.
 */
export async function compareSessions(first: Session, second: Session): Promise<void> {
  const backendOf = async (session: Session) => (await session.query(WHICH_BACKEND)).rows[0]?.pid;
  const own = await backendOf(first);
  await second.query('begin');
  try {
    if ((await backendOf(second)) === own || (await backendOf(first)) !== own) {
      throw new ConfigurationError(
        'DATABASE_URL leads through a pooler in transaction mode, which the data plane cannot use: it would lose locks and notifications unnoticed.',
        'Give it the address of PostgreSQL itself, or of a pool in session mode (pgbouncer: pool_mode = session).',
      );
    }
  } finally {
    await second.query('rollback');
  }
}
