import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { isSerializationFailure, SQLSTATE } from './database-errors.ts';

const ATTEMPTS = 4;

/** Connections that `connect` keeps for transactions, by the connections for everything else. */
const transactionPools = new WeakMap<object, unknown>();

/** From now on `transaction(db, …)` runs on connections of `transactions`. */
export function setTransactionPool<Tables>(db: Kysely<Tables>, transactions: Kysely<Tables>): void {
  transactionPools.set(db, transactions);
}

/**
 * Runs `work` in one transaction, at most 4 times when PostgreSQL asks for another try. `work` must have no
 * effect outside of the transaction. It runs on a connection that is kept for transactions when `connect` was
 * asked to keep some.
 */
export async function transaction<Tables, T>(db: Kysely<Tables>, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return retried(() => poolOf(db).transaction().execute(work));
}

/** The same for a change that is one statement, and so a transaction by itself. */
export async function changeInOneStatement<Tables, T>(db: Kysely<Tables>, work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
  return retried(() => work(poolOf(db)));
}

/**
 * Rolls the transaction back, and has it tried again: what it had read was changed by somebody else
 * meanwhile.
 */
export class TryAgain extends Error {
  readonly code = SQLSTATE.serialization_failure;
}

function poolOf<Tables>(db: Kysely<Tables>): Kysely<Tables> {
  return (transactionPools.get(db) as Kysely<Tables> | undefined) ?? db;
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !isSerializationFailure(error)) throw error;
      await sleep(10 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}
