import { once } from 'node:events';
import type { Socket } from 'node:net';
import { hostAndPort } from '@holdfast/configuration';
import { type ConnectorContext, ConnectorError, isUntrustedAuthority, onceForUse, requirePrivatePeer } from '@holdfast/connector';
import pg from 'pg';
import { watchMessages } from './backend-messages.ts';
import { explain } from './failures.ts';
import type { Connection } from './options.ts';

/** Milliseconds after which the server ends a statement. */
export interface StatementLimits {
  readonly statement: number;
  /** That it waits for a lock: shorter, so that what waits differs from what is slow. */
  readonly lock: number;
}

export const LIMITS: StatementLimits = { statement: 60_000, lock: 30_000 };
/** Of a connection test. */
export const CHECK_LIMITS: StatementLimits = { statement: 8_000, lock: 4_000 };
/** The server did not end it: it is not heard of any more. */
const SILENT_MILLISECONDS = LIMITS.statement + 15_000;
/** For each of: the answer to the request for TLS, and signing in. */
const ANSWER_MILLISECONDS = 10_000;

/** One connection that the documents of a use share, one after the other. */
interface Session {
  opened?: Opened;
  /** The work before this one. */
  last: Promise<unknown>;
}

interface Opened {
  readonly client: pg.Client;
  readonly stream: Socket;
  alive: boolean;
}

const sessionOf = onceForUse((context): Session => {
  const session: Session = { last: Promise.resolve() };
  context.onEnd(async () => {
    if (session.opened?.alive) await session.opened.client.end();
  });
  return session;
});

/**
 * Runs the work on the connection of the use, which is made again when it was closed meanwhile. After a
 * failure that left the connection in doubt, the next work gets a new one.
 *
 * @throws ConnectorError, or the reason of the context's signal.
 */
export function withClient<T>(connection: Connection, context: ConnectorContext, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const session = sessionOf(context);
  const result = session.last.then(async () => {
    try {
      if (!session.opened?.alive) session.opened = await open(connection, context);
      return await work(session.opened.client);
    } catch (error) {
      if (!isAnswer(error) && session.opened !== undefined) discard(session.opened);
      context.signal.throwIfAborted();
      throw explain(error, connection.server);
    }
  });
  session.last = result.catch(() => undefined);
  return result;
}

/**
 * The rows of a query on a connection of its own, some at a time, in a transaction that may not write. The
 * connection ends with them, also when nobody asks for the rest.
 *
 * @param explained says what went wrong.
 * @param limits of each statement.
 * @returns pages of at most 1,000 rows or some 2 Mi characters, the first one of a single row; each value as
 *   the server writes it, or `null`.
 * @throws ConnectorError as {@link explain} says it, of what `explained` makes of a failure; the reason of
 *   the context's signal.
 */
export async function* cursorRows(
  connection: Connection,
  context: ConnectorContext,
  statement: string,
  explained: (error: unknown) => unknown,
  limits: StatementLimits,
): AsyncGenerator<pg.QueryArrayResult<(string | null)[]>, void, undefined> {
  let opened: Opened | undefined;
  try {
    opened = await open(connection, context);
    const { client } = opened;
    await client.query('begin read only');
    await limitStatements(client, limits);
    await oneStatement(client, `declare holdfast no scroll cursor for ${statement}`);
    let asked = ROWS_AT_FIRST;
    let longest = 1;
    for (;;) {
      const page = await client.query<(string | null)[]>({ text: `fetch ${asked} from holdfast`, rowMode: 'array', types: AS_TEXT });
      yield page;
      if (page.rows.length < asked) break;
      for (const row of page.rows) longest = Math.max(longest, charactersOf(row));
      asked = Math.min(asked * PAGE_GROWTH, ROWS_AT_ONCE, Math.max(1, Math.floor(PAGE_CHARACTERS / longest)));
    }
    await client.query('commit');
    await client.end();
  } catch (error) {
    context.signal.throwIfAborted();
    throw explain(explained(error), connection.server);
  } finally {
    if (opened !== undefined) discard(opened);
  }
}

/** Runs a text that somebody wrote: the extended protocol takes one statement alone. */
export function oneStatement(client: pg.Client, text: string): Promise<pg.QueryResult> {
  // @types/pg does not know it yet.
  return client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
}

/**
 * A result of any size is held so many rows at a time, or fewer: as many as have this length together when
 * each is as long as the longest that came.
 */
const ROWS_AT_ONCE = 1_000;
const PAGE_CHARACTERS = 2 * 1024 * 1024;
/** Nothing is known of their length yet, and the first may be shorter than the others. */
const ROWS_AT_FIRST = 1;
const PAGE_GROWTH = 4;

function charactersOf(row: readonly (string | null)[]): number {
  return row.reduce((sum, value) => sum + (value?.length ?? 0), 1);
}

/** As the server writes them: nothing is lost in a number or a date. */
const AS_TEXT = { getTypeParser: () => (value: string | null) => value };

/**
 * Runs the work in one transaction: all of it is kept or nothing.
 *
 * @param begin the statement that begins it, such as `begin read only`.
 * @param limits of each statement of it.
 * @throws what the work or the server says, for {@link withClient} to explain.
 */
export async function inTransaction<T>(client: pg.Client, begin: string, limits: StatementLimits, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    await limitStatements(client, limits);
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    if (isAnswer(error)) await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Until the transaction ends. */
async function limitStatements(client: pg.Client, { statement, lock }: StatementLimits): Promise<void> {
  await client.query(`set local statement_timeout = ${statement}; set local lock_timeout = ${lock}`);
}

/** The server said it, or we did: the connection is as good as before. */
function isAnswer(error: unknown): boolean {
  return error instanceof ConnectorError || (error instanceof pg.DatabaseError && !/^(?:57P|08)/.test(error.code ?? ''));
}

function discard(opened: Opened): void {
  opened.alive = false;
  opened.stream.destroy();
}

const WITH_TLS = 'Turn TLS on in the server, and write ?sslmode=verify-full at the end of the connection string.';

async function open({ server, ca }: Connection, context: ConnectorContext): Promise<Opened> {
  const { host, port, user, password, database } = server;
  const socket = await context.connect({ host, port });
  if (!server.tls) requirePrivatePeer(socket, '“sslmode=disable”', hostAndPort(server), WITH_TLS);
  const stream = server.tls ? await secured(socket, { server, ca }, context) : socket;
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database,
    ssl: false,
    stream: () => watchMessages(stream, server),
    application_name: 'holdfast',
    connectionTimeoutMillis: ANSWER_MILLISECONDS,
    query_timeout: SILENT_MILLISECONDS,
  });
  const opened: Opened = { client, stream, alive: true };
  const over = () => {
    opened.alive = false;
  };
  client.on('error', over);
  client.on('end', over);
  try {
    await client.connect();
  } catch (error) {
    discard(opened);
    throw error;
  }
  return opened;
}

/** postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST */
const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);

async function secured(socket: Socket, { server, ca }: Connection, context: ConnectorContext): Promise<Socket> {
  const where = hostAndPort(server);
  const timer = setTimeout(
    () => socket.destroy(Object.assign(new Error('No answer in time.'), { code: 'ETIMEDOUT' })),
    ANSWER_MILLISECONDS,
  );
  let answer: Buffer | null;
  try {
    socket.write(SSL_REQUEST);
    // More than the one byte stays in the socket, where startTls finds it.
    await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
    answer = socket.read(1);
  } finally {
    clearTimeout(timer);
  }
  if (answer?.toString('latin1') === 'S') return overTls(socket, ca, context);
  socket.destroy();
  if (answer?.toString('latin1') === 'N') {
    throw new ConnectorError('upstream_refused', `The server at ${where} offers no TLS.`, {
      remedy:
        'Turn TLS on in the server, or, for a server in a private network, write ?sslmode=disable at the end of the connection string.',
    });
  }
  throw new ConnectorError('upstream_unreachable', `What answers at ${where} ended the connection before TLS began.`, {
    remedy: 'Check that the port is the one of PostgreSQL.',
    retryable: answer === null,
  });
}

/** The authority of a server has an option here, in place of a setting of the operator. */
async function overTls(socket: Socket, ca: string | undefined, context: ConnectorContext): Promise<Socket> {
  try {
    return await context.startTls(socket, ca === undefined ? {} : { ca });
  } catch (error) {
    if (!isUntrustedAuthority(error)) throw error;
    throw new ConnectorError(error.code, error.message, {
      remedy:
        ca === undefined
          ? 'Check that the host is right. If an authority of your own has signed the certificate, put that authority’s into the option “Certificate authority”.'
          : 'Check that the host is right, and put the certificate of the authority that has signed the server’s into the option “Certificate authority”.',
      cause: error,
    });
  }
}
