import { changeInOneStatement, type DatabaseConnection } from '@holdfast/db/control';
import { type RawBuilder, sql } from 'kysely';
import { isIntegrityViolation } from '../database-errors.ts';
import { type Creation, creating, refusalOf } from './create-secret.ts';

/**
 * Of one organization in one statement. More are never under way at once: see the bounds in
 * control/workload.ts.
 */
const MAXIMUM_TOGETHER = 16;

export interface SecretCreations {
  /**
   * Adds a secret if nothing speaks against it: its key is current, its id was never deleted, its name is
   * free. Resolves with when it was made, once that is committed; with `undefined`, and has done nothing,
   * when something does.
   *
   * @throws HoldfastError `quota_exceeded`; 55P03 (lock_not_available) when those before it could not get at
   * the record.
   */
  add(organizationId: string, creation: Creation): Promise<Date | undefined>;
}

interface Waiter {
  /** The expression that adds it. */
  readonly call: RawBuilder<Date | null>;
  readonly resolve: (createdAt: Date | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Creations of one organization all wait for the head of its record, one after the other. Those that come
 * while a statement is under way leave together in the next one, and share its commit. No timer: who is alone
 * waits for nothing. Organizations do not wait for each other.
 */
export function createSecretCreations(db: DatabaseConnection): SecretCreations {
  const waitingOf = new Map<string, Waiter[]>();

  async function work(organizationId: string, waiting: Waiter[]): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAXIMUM_TOGETHER);
      const failure = await addAll(organizationId, batch);
      // They would wait as long for the same lock, and be answered too late.
      if (failure !== undefined) for (const { reject } of waiting.splice(0)) reject(failure);
    }
    waitingOf.delete(organizationId);
  }

  /** Settles each of them. Answers an error when it holds for those that wait behind them, too. */
  async function addAll(organizationId: string, batch: readonly Waiter[]): Promise<Error | undefined> {
    try {
      const calls = batch.map(({ call }, position) => sql`${call} as ${sql.id(String(position))}`);
      const { rows } = await changeInOneStatement(db, (changes) =>
        sql<Record<string, Date | null>>`select ${sql.join(calls)}`.execute(changes),
      );
      batch.forEach(({ resolve }, position) => {
        resolve(rows[0]?.[position] ?? undefined);
      });
      return undefined;
    } catch (error) {
      const [only] = batch;
      if (!isIntegrityViolation(error)) {
        for (const { reject } of batch) reject(error);
        return Object.assign(new Error('The statement before this one failed.'), { code: '55P03', cause: error });
      }
      if (batch.length === 1 && only !== undefined) only.reject(refusalOf(error));
      // One of them is at fault, and the others went with it.
      else for (const waiter of batch) await addAll(organizationId, [waiter]);
      return undefined;
    }
  }

  return {
    add: (organizationId, creation) =>
      new Promise((resolve, reject) => {
        // What is wrong with one of them is found out before it stands among others.
        const waiter = { call: ifUsable(organizationId, creation), resolve, reject };
        const waiting = waitingOf.get(organizationId);
        if (waiting !== undefined) {
          waiting.push(waiter);
          return;
        }
        const first = [waiter];
        waitingOf.set(organizationId, first);
        void work(organizationId, first);
      }),
  };
}

function ifUsable(organizationId: string, creation: Creation): RawBuilder<Date | null> {
  const { keyId, secretId } = creation.secret.envelope;
  return sql`case when exists (select from organization_key where organization_id = ${organizationId} and id = ${keyId} and current)
    and not exists (select from deleted_secret where organization_id = ${organizationId} and id = ${secretId})
    then ${creating(organizationId, creation)} end`;
}
