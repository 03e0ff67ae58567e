import type { Database, NodeFacts, Tx } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { endSessions } from './sessions.ts';

/** The name of the one lease there is: the node that has it does the periodic work. */
const NAME = 'periodic work';
/**
 * How long the holder has it without renewing. With the time between two attempts, a holder that is gone is
 * followed within 15 s.
 */
const LEASE_SECONDS = 12;
/** By our own clock it is over earlier than by the database's. */
const MARGIN_MILLISECONDS = 1_000;

/** The time in which this node does the periodic work. */
export interface Term {
  /** Grows with each holder. */
  readonly epoch: number;
  /** By the monotonic clock, in milliseconds. */
  readonly since: number;
  /** Whether it may still hold; a process that was frozen finds out here, before it asks the database. */
  held(): boolean;
  /**
   * Ends the transaction when another node has the lease by now. To be called in every transaction of
   * periodic work: a holder that was frozen and goes on then changes nothing.
   *
   * @throws LeaseLost
   */
  confirm(tx: Tx): Promise<void>;
}

/** Another node does the periodic work by now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export interface Lease {
  /** Renews the lease, or takes it when nobody has it. To be called every few seconds. */
  attempt(): Promise<void>;
  /** `undefined` when another node does the periodic work. */
  term(): Term | undefined;
  /** Gives it up, so that another node takes it at once. */
  release(): Promise<void>;
}

/**
 * A lease in the database that one node holds, with an epoch as its fencing token. A node that takes it from
 * a holder that did not renew it ends that holder's database sessions first: an open transaction of a frozen
 * process, and its locks, are gone before the new holder begins.
 */
export function createLease(db: Kysely<Database>, { id, incarnation }: Pick<NodeFacts, 'id' | 'incarnation'>): Lease {
  let current: { readonly term: Term; until: number } | undefined;

  async function renew(epoch: number): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('lease')
      .set({ until: sql`now() + make_interval(secs => ${LEASE_SECONDS})` })
      .where('name', '=', NAME)
      .where('incarnation', '=', incarnation)
      .where('epoch', '=', epoch)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Answers its epoch. A time further ahead than a lease lasts is of a clock that was set back since. */
  async function take(): Promise<number | undefined> {
    const free = sql<boolean>`(until not between now() and now() + make_interval(secs => ${LEASE_SECONDS}) or node_id = ${id})`;
    const lease = await db.selectFrom('lease').select(['incarnation', 'epoch']).where('name', '=', NAME).where(free).executeTakeFirst();
    if (lease === undefined) return undefined;
    if (lease.incarnation !== null && lease.incarnation !== incarnation) await endSessions(db, [lease.incarnation]);
    const { numUpdatedRows } = await db
      .updateTable('lease')
      .set({
        node_id: id,
        incarnation,
        epoch: lease.epoch + 1,
        until: sql`now() + make_interval(secs => ${LEASE_SECONDS})`,
      })
      .where('name', '=', NAME)
      .where('epoch', '=', lease.epoch)
      .where(free)
      .executeTakeFirst();
    return numUpdatedRows === 1n ? lease.epoch + 1 : undefined;
  }

  return {
    async attempt() {
      const asked = performance.now();
      const until = asked + LEASE_SECONDS * 1_000 - MARGIN_MILLISECONDS;
      if (current !== undefined && (await renew(current.term.epoch))) {
        current.until = until;
        return;
      }
      current = undefined;
      const epoch = await take();
      if (epoch === undefined) return;
      const term: Term = {
        epoch,
        since: asked,
        held: () => current?.term === term && performance.now() < current.until,
        async confirm(tx) {
          // A share of the key only: it does not keep the holder itself from renewing.
          const { rows } = await sql`select from lease where name = ${NAME} and incarnation = ${incarnation} and epoch = ${epoch}
            and until > now() for key share`.execute(tx);
          if (rows.length === 0) throw new LeaseLost('Another node does the periodic work by now.');
        },
      };
      current = { term, until };
    },
    term: () => (current?.term.held() === true ? current.term : undefined),
    async release() {
      const epoch = current?.term.epoch;
      current = undefined;
      if (epoch === undefined) return;
      await db
        .updateTable('lease')
        .set({ until: sql`now()`, node_id: null, incarnation: null })
        .where('name', '=', NAME)
        .where('incarnation', '=', incarnation)
        .where('epoch', '=', epoch)
        .execute();
    },
  };
}
