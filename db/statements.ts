import { CompiledQuery, type QueryExecutorProvider, type Transaction } from 'kysely';

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

/**
 * The rows of a statement whose text never changes: it is sent as it stands, and not put together for each
 * call. For what every use asks.
 *
 * @param text with `$1`, `$2`, … in place of the values.
 */
export async function rowsOf<Row>(db: Statements, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const { rows } = await db.getExecutor().executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return rows;
}
