import type { QueryExecutorProvider, Transaction } from 'kysely';

/**
 * What runs a statement: a connection or a transaction, of the owner or of either plane. For code that names
 * no table in types.
 */
export type Statements = QueryExecutorProvider;

/**
 * A transaction of the owner or of either plane. For code that names no table in types, and must be committed
 * with all else or not at all.
 */
export type InTransaction = Pick<Transaction<unknown>, 'getExecutor' | 'executeQuery' | 'isTransaction'>;
