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

/** Sends a statement on any connection of a pool. */
export type SendToPool = (text: string, values: readonly unknown[]) => Promise<readonly unknown[]>;

const pools = new WeakMap<object, SendToPool>();

/** From now on `rowsOf(db, …)` goes straight to the pool that `db` itself takes its connections from. */
export function setPool(db: Statements, send: SendToPool): void {
  pools.set(db, send);
}

/**
 * The rows of a statement whose text never changes: it is sent as it stands, and not put together for each
 * call. For what every use and request asks. In a transaction it is part of it, as any other statement.
 *
 * @param text with `$1`, `$2`, … in place of the values.
 */
export async function rowsOf<Row>(db: Statements, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const send = pools.get(db);
  if (send !== undefined) return (await send(text, values)) as readonly Row[];
  const { rows } = await db.getExecutor().executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return rows;
}
