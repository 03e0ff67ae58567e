import { connect, connectForHealth, type DatabaseConnection } from '@holdfast/db/control';

/**
 * Connections to PostgreSQL in one control plane, by what they are for: no kind of work can take those of
 * another.
 */
export const CONNECTIONS = { reads: 8, changes: 8, searches: 6, uploads: 4, deletions: 2 } as const;

/** How long a request waits for PostgreSQL, in milliseconds. */
export interface Deadlines {
  /** A statement of a change fails when the server has not answered it by then. */
  readonly change: number;
  /** Any other one. */
  readonly read: number;
  /** A search that takes longer is ended. */
  readonly search: number;
  readonly connect: number;
}

/**
 * A request is answered within 4 seconds while PostgreSQL hangs. What may take longer goes through
 * `deletions`.
 */
export const DEADLINES: Deadlines = { change: 2_000, read: 3_000, search: 3_000, connect: 2_000 };
/**
 * A workflow goes in one statement with all its runs, their documents and their logs: one that takes longer
 * than this could never be deleted. It goes on when the caller is gone.
 */
const DELETION_TIMEOUT_MILLISECONDS = 300_000;
/** A chunk waits this long for the count of its organization's bytes, which a large deletion may hold. */
const UPLOAD_LOCK_TIMEOUT_MILLISECONDS = 15_000;

export interface Connections {
  /** Everything else; `transaction` has connections of its own in it. */
  readonly db: DatabaseConnection;
  readonly searches: DatabaseConnection;
  readonly uploads: DatabaseConnection;
  /** For changes that delete many bytes in one transaction. */
  readonly deletions: DatabaseConnection;
  /** For readiness, which nothing else waits for. */
  readonly health: DatabaseConnection;
}

export function connectAll(url: string, deadlines: Deadlines = DEADLINES): Connections {
  return {
    db: connect(url, {
      name: 'holdfast-control',
      maximumConnections: CONNECTIONS.reads,
      plansOnce: true,
      answerTimeoutMilliseconds: deadlines.read,
      maximumTransactions: CONNECTIONS.changes,
      transactionAnswerTimeoutMilliseconds: deadlines.change,
      connectTimeoutMilliseconds: deadlines.connect,
    }),
    searches: connect(url, {
      name: 'holdfast-control-searches',
      maximumConnections: CONNECTIONS.searches,
      plansOnce: true,
      statementTimeoutMilliseconds: deadlines.search,
      answerTimeoutMilliseconds: deadlines.search + 500,
      connectTimeoutMilliseconds: deadlines.connect,
    }),
    uploads: connect(url, {
      name: 'holdfast-control-uploads',
      maximumConnections: CONNECTIONS.uploads,
      lockTimeoutMilliseconds: UPLOAD_LOCK_TIMEOUT_MILLISECONDS,
      answerTimeoutMilliseconds: UPLOAD_LOCK_TIMEOUT_MILLISECONDS + 5_000,
    }),
    deletions: connect(url, {
      name: 'holdfast-control-deletions',
      maximumConnections: CONNECTIONS.deletions,
      statementTimeoutMilliseconds: DELETION_TIMEOUT_MILLISECONDS,
    }),
    health: connectForHealth(url, 'holdfast-control-health'),
  };
}
