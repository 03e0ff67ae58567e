import { connect, connectForHealth, type DatabaseConnection } from '@holdfast/db';

/** Connections to PostgreSQL in one control plane, by what they are for: no kind of work can take those of another. */
export const CONNECTIONS = { reads: 8, changes: 8, searches: 6, uploads: 4 } as const;

/** A search that takes longer is ended. */
const SEARCH_TIMEOUT_MILLISECONDS = 3_000;
/** A chunk waits this long for the count of its organization's bytes, which a large deletion may hold. */
const UPLOAD_LOCK_TIMEOUT_MILLISECONDS = 15_000;

export interface Connections {
  /** Everything else; `transaction` has connections of its own in it. */
  readonly db: DatabaseConnection;
  readonly searches: DatabaseConnection;
  readonly uploads: DatabaseConnection;
  /** For readiness, which nothing else waits for. */
  readonly health: DatabaseConnection;
}

export function connectAll(url: string): Connections {
  return {
    db: connect(url, { name: 'holdfast-control', maximumConnections: CONNECTIONS.reads, maximumTransactions: CONNECTIONS.changes }),
    searches: connect(url, {
      name: 'holdfast-control-searches',
      maximumConnections: CONNECTIONS.searches,
      statementTimeoutMilliseconds: SEARCH_TIMEOUT_MILLISECONDS,
    }),
    uploads: connect(url, {
      name: 'holdfast-control-uploads',
      maximumConnections: CONNECTIONS.uploads,
      lockTimeoutMilliseconds: UPLOAD_LOCK_TIMEOUT_MILLISECONDS,
    }),
    health: connectForHealth(url, 'holdfast-control-health'),
  };
}
