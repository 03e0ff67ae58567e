import { sql } from 'kysely';
import type { InTransaction } from './connection/statements.ts';

/**
 * What a transaction may lock, in the order in which it may: who holds one waits only for those below it, so
 * no two transactions wait for each other in a circle. Rows of one kind are locked in the order of their ids.
 * What is not here waits for nobody:
 *
 * - Projects. Everybody takes KEY SHARE, which goes together. Who deletes one (FOR UPDATE) locks the secrets
 *   in whose scope it is and the head of the record then. Who names that project when it changes the
 *   scope of such a secret at the same moment waits in a circle with it: PostgreSQL ends one of both (40P01),
 *   and `transaction` tries again.
 * - The lease of periodic work: periodic work takes KEY SHARE on it, and its holder renews it beside that.
 * - `pg_try_advisory_lock` on runs and rotations, held by a session (data/advisory-lock.ts): who does not get
 *   it does something else.
 * - `finish_organization_deletion` takes the head first and the organization's rows then. Nobody works there
 *   any more; PostgreSQL ends those who still do (40P01), and `transaction` tries again.
 */
const LOCK_ORDER = [
  /** Advisory, of the instance: one set-up at a time. */
  'set-up',
  /** Advisory, of the instance: data planes that start together make one signing key. */
  'signing key',
  /** Advisory, of an organization and then of a person: what each had mailed today. */
  'invitation mails',
  /** Advisory, of an organization: who makes the next key. */
  'organization key',
  /** Advisory, of a workflow: its runs make their items of what is new one after another. */
  'listed documents',
  /** Row of auth.user or auth.account. */
  'account',
  /** All rows of auth.member of an organization. */
  'members',
  /** Rows, in the order of their keys. */
  'sign-in counters',
  /** Row: changes and starts of a workflow. */
  'workflow',
  /** Rows: runs that are taken up again, or whose time is over. */
  'run',
  /** Rows: changes of a trigger; where it stands, once its workflow is locked. */
  'trigger',
  /** Rows: changes of a component, and steps that name it. */
  'component',
  /** Rows: changes of a secret, bindings to it, counts of its uses. */
  'secret',
  /** Row: decisions about a request for a secret. */
  'secret request',
  /** Row: progress of a rotation. */
  'key rotation',
  /**
   * Row: it is destroyed when nothing is sealed under it; the trigger `refuse_destroyed_key` takes KEY SHARE
   * with each new value.
   */
  'sealing key',
  /** Row of secret_count, by the triggers on `secret`: who adds or deletes a secret with a name. */
  'secret count',
  /** Rows: decisions about destinations, in the order of their keys. */
  'destination',
  /** Rows of uploads that go on the record. */
  'documents',
  /** Advisory, of an organization: what its owners and admins had mailed in an hour. */
  'waiting mails',
  /** Row of audit_head, by append_audit: last, since everybody in the organization waits for it. */
  'record head',
] as const;
export type Lock = (typeof LOCK_ORDER)[number];
/** Those that are a name and no row. */
export type NamedLock = Extract<
  Lock,
  'set-up' | 'signing key' | 'invitation mails' | 'organization key' | 'listed documents' | 'waiting mails'
>;

/** The last lock of each transaction; `undefined` while nobody asks, as in the product. */
let lastTaken: WeakMap<InTransaction, Lock> | undefined;

/**
 * From now on a lock out of order throws in this process. For tests: in the product a rare deadlock, which is
 * tried again, is better.
 */
export function refuseLocksOutOfOrder(): void {
  lastTaken ??= new WeakMap();
}

/**
 * To be called before a statement that locks rows.
 *
 * @throws Error for a lock out of order, in tests alone: see {@link refuseLocksOutOfOrder}.
 */
export function locking(tx: InTransaction, lock: Lock): void {
  if (lastTaken === undefined) return;
  const last = lastTaken.get(tx);
  if (last !== undefined && LOCK_ORDER.indexOf(last) > LOCK_ORDER.indexOf(lock)) {
    throw new Error(`A transaction locks “${lock}” after “${last}”, which is out of order: see db/lock-order.ts.`);
  }
  lastTaken.set(tx, lock);
}

/**
 * Waits for a lock that is a name, and holds it until the transaction ends.
 *
 * @param of what the name is of: the id of an organization, for example; empty when there is one in the
 *   instance.
 * @throws 55P03 (lock_not_available) after the connection's lock timeout.
 */
export async function lockNamed(tx: InTransaction, lock: NamedLock, of = ''): Promise<void> {
  locking(tx, lock);
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${lock} ${of}`}, 0))`.execute(tx);
}
