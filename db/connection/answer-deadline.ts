import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import { copyDirection, copyIn, copyOut } from './copy-bytes.ts';
import { SQLSTATE } from './database-errors.ts';
import { preparedName } from './prepared-statements.ts';

/** A connection that got no answer keeps its place in the pool for so long, should the answer still come. */
const KEPT_MILLISECONDS = 30_000;
/** Functions of the schema that change something: connect.test.ts asks the database for them. */
const CHANGING_FUNCTIONS = [
  'advance_latest_time',
  'announce_node',
  'append_audit',
  'begin_organization_deletion',
  'cancel_organization_deletion',
  'create_secrets',
  'delete_rows',
  'finish_organization_deletion',
  'mail_owners_and_admins',
  'place_in_bucket',
  'redeem_document_ticket',
  'remove_rest_of_deleted',
  'retry_run',
  'see_node',
  'set_mailed_link',
];
/** Statements that change nothing, also when they were carried out. */
const CHANGES_NOTHING = new RegExp(
  `^\\s*(?:begin|start transaction|rollback|set\\b(?!.*;)|show|copy \\(|select\\b(?!.*\\b(?:${CHANGING_FUNCTIONS.join('|')})\\())`,
  'is',
);

/** The server did not answer a statement in time: it hangs, its disk does, or the network between. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** `08007`: whether the change was made is not known. `08006`: it was not. */
  readonly code: string;

  constructor(statement: string, inTransaction: boolean, milliseconds: number) {
    super(`The database did not answer a statement within ${milliseconds} milliseconds.`);
    // Before its commit a transaction ends with its connection; alone, a statement commits by itself.
    const harmless = inTransaction ? !/^\s*commit\b/i.test(statement) : CHANGES_NOTHING.test(statement);
    this.code = harmless ? SQLSTATE.connection_failure : SQLSTATE.transaction_resolution_unknown;
  }
}

/**
 * A pool whose statements are answered within `milliseconds` or fail with {@link NoAnswerError}, whatever the
 * server does.
 *
 * A connection that got no answer is never used again. It keeps its place in the pool until the answer comes
 * (then the server works again, and the place is free at once) or 30 seconds have passed, so that a server
 * whose disk hangs does not gather more and more sessions that wait for it.
 */
export function withAnswerDeadline(pool: pg.Pool, milliseconds: number): PostgresPool {
  const waiting = new Set<() => void>();
  return {
    options: pool.options,
    async connect() {
      return guard(await pool.connect(), milliseconds, waiting);
    },
    async end() {
      for (const give of waiting) give();
      await pool.end();
    },
  };
}

function guard(client: pg.PoolClient, milliseconds: number, waiting: Set<() => void>): PostgresPoolClient {
  let failure: NoAnswerError | undefined;
  let late: Promise<unknown> | undefined;
  let inTransaction = false;

  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (failure !== undefined) return Promise.reject(failure);
    if (/^\s*(?:begin|start transaction)\b/i.test(text)) inTransaction = true;
    return new Promise((resolve, reject) => {
      let arrived: (() => void) | undefined;
      let isHere = false;
      const giveUp = () => {
        if (isHere) return;
        failure = new NoAnswerError(text, inTransaction, milliseconds);
        late = new Promise<void>((resolveLate) => {
          arrived = resolveLate;
        });
        reject(failure);
      };
      // Our own process may have spent that time asleep: an answer that has arrived meanwhile is read before
      // the second turn.
      const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), milliseconds);
      send(client, text, parameters, (error, result) => {
        isHere = true;
        clearTimeout(timer);
        arrived?.();
        if (/^\s*(?:commit|rollback)\s*$/i.test(text)) inTransaction = false;
        if (error) reject(error);
        else resolve(result as PostgresQueryResult<R>);
      });
    });
  }

  function release(destroy?: boolean): void {
    if (late === undefined) {
      client.release(destroy);
      return;
    }
    const give = () => {
      if (!waiting.delete(give)) return;
      clearTimeout(timer);
      client.release(true);
    };
    const timer = setTimeout(give, KEPT_MILLISECONDS).unref();
    waiting.add(give);
    void late.then(give);
  }

  // A cursor would be the other form of a query; nothing here makes one.
  return { query: query as PostgresPoolClient['query'], release };
}

type Answered = (error: Error | null | undefined, result?: PostgresQueryResult<unknown>) => void;

function send(client: pg.PoolClient, text: string, parameters: readonly unknown[], answered: Answered): void {
  const direction = copyDirection(text);
  if (direction !== undefined) {
    const copied = direction === 'out' ? copyOut(client, text) : copyIn(client, text, parameters as readonly Uint8Array[]);
    copied.then((result) => answered(undefined, result), answered);
    return;
  }
  // Of the driver's own making, for it copies any other description of a query property by property.
  const query = new pg.Query(text, parameters as unknown[]);
  const name = parameters.length === 0 ? undefined : preparedName(text);
  client.query(Object.assign(query, { callback: answered }, name === undefined ? {} : { name }));
}
