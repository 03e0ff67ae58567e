import { changeInOneStatement, type DatabaseConnection, isConstraintViolation, SQLSTATE } from '@holdfast/db/control';
import { CHANGES_TOGETHER, type Workload } from '../workload.ts';
import { type Creation, createSecrets, type PreparedCreation, prepareCreation, toCreateError } from './create-secret.ts';

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
  readonly creation: PreparedCreation;
  readonly resolve: (createdAt: Date | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Creations of one organization all wait for the head of its record, one after the other. Those that come
 * while a statement is under way leave together in the next one, and share its commit. No timer: who is alone
 * waits for nothing. Organizations do not wait for each other.
 */
export function createSecretCreations(db: DatabaseConnection, workload: Pick<Workload, 'enterChange'>): SecretCreations {
  const waitingOf = new Map<string, Waiter[]>();

  async function work(organizationId: string, waiting: Waiter[]): Promise<void> {
    while (waiting.length > 0) {
      const failure = await addNext(organizationId, waiting);
      // They would wait as long for the same lock or slot, and be answered too late.
      if (failure !== undefined) for (const { reject } of waiting.splice(0)) reject(failure);
    }
    waitingOf.delete(organizationId);
  }

  /** Those that come while they wait for a slot of the changes leave with them. */
  async function addNext(organizationId: string, waiting: Waiter[]): Promise<unknown> {
    let leave: () => void;
    try {
      leave = await workload.enterChange(organizationId, 'creations');
    } catch (error) {
      return error;
    }
    try {
      return await addAll(organizationId, waiting.splice(0, CHANGES_TOGETHER));
    } finally {
      leave();
    }
  }

  /** Settles each of them. Answers an error when it holds for those that wait behind them, too. */
  async function addAll(organizationId: string, batch: readonly Waiter[]): Promise<Error | undefined> {
    try {
      const creations = batch.map(({ creation }) => creation);
      const made = await changeInOneStatement(db, (changes) => createSecrets(changes, organizationId, creations, { anyKey: false }));
      batch.forEach(({ resolve }, position) => {
        resolve(made[position]);
      });
      return undefined;
    } catch (error) {
      const [only] = batch;
      if (!isConstraintViolation(error)) {
        for (const { reject } of batch) reject(error);
        return Object.assign(new Error('The statement before this one failed.'), { code: SQLSTATE.lock_not_available, cause: error });
      }
      if (batch.length === 1 && only !== undefined) only.reject(toCreateError(error));
      // One of them is at fault, and the others went with it.
      else for (const waiter of batch) await addAll(organizationId, [waiter]);
      return undefined;
    }
  }

  return {
    add: (organizationId, creation) =>
      new Promise((resolve, reject) => {
        // What is wrong with one of them is found out before it stands among others.
        const waiter = { creation: prepareCreation(creation), resolve, reject };
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
