import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { connect as connectAsOwner, type DatabaseConnection as OwnerConnection } from '@holdfast/db';
import { connect, type DatabaseConnection, transaction } from '@holdfast/db/data';
import { testDatabase } from '@holdfast/db/testing';
import { sql } from 'kysely';
import { createLease, LeaseLost } from './lease.ts';
import { repeatOnOneNode } from './periodic.ts';
import { sessionName } from './sessions.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let owner: OwnerConnection;
const open: DatabaseConnection[] = [];

before(async () => {
  database = await testDatabase();
  owner = connectAsOwner(database.ownerUrl, { name: 'test', maximumConnections: 1 });
});
beforeEach(() => setUntil(sql`now()`));
after(async () => {
  await Promise.all(open.map((db) => db.destroy()));
  await owner?.destroy();
  await database?.[Symbol.asyncDispose]();
});

function node() {
  const facts = { id: randomUUID(), incarnation: randomUUID() };
  const connection = () => {
    const db = connect(database.dataUrl, { name: sessionName('test', facts.incarnation), maximumConnections: 1 });
    open.push(db);
    return db;
  };
  return { ...facts, connection, lease: createLease(connection(), facts) };
}

async function setUntil(until: ReturnType<typeof sql>): Promise<void> {
  await sql`update lease set until = ${until}`.execute(owner);
}

test('one node has the lease until it gives it up', async () => {
  const [a, b] = [node(), node()];
  await a.lease.attempt();
  await b.lease.attempt();
  assert.ok(a.lease.term());
  assert.equal(b.lease.term(), undefined);
  const { epoch } = a.lease.term() ?? { epoch: 0 };
  await a.lease.attempt();
  assert.equal(a.lease.term()?.epoch, epoch, 'renewing begins no other term');
  await a.lease.release();
  assert.equal(a.lease.term(), undefined);
  await b.lease.attempt();
  assert.equal(b.lease.term()?.epoch, epoch + 1);
});

test('a lease that was not renewed is taken, and changes of the former holder are refused', async () => {
  const [a, b] = [node(), node()];
  await a.lease.attempt();
  const term = a.lease.term();
  assert.ok(term);
  const db = a.connection();
  await transaction(db, (tx) => term.confirm(tx));
  await setUntil(sql`now() - interval '1 second'`);
  await b.lease.attempt();
  assert.ok(b.lease.term());
  // By its own clock it would still hold: it was frozen when it should have renewed.
  assert.equal(term.held(), true);
  await eventuallyConnected(db);
  await assert.rejects(
    transaction(db, (tx) => term.confirm(tx)),
    LeaseLost,
  );
  await eventuallyAttempted(a);
  assert.equal(a.lease.term(), undefined);
});

test('an open transaction of a holder that is followed is undone, and its locks are free', async () => {
  const [a, b] = [node(), node()];
  await a.lease.attempt();
  const db = a.connection();
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const work = transaction(db, async (tx) => {
    await a.lease.term()?.confirm(tx);
    await sql`select pg_advisory_xact_lock(7)`.execute(tx);
    begun.resolve();
    await goOn.promise;
    await sql`select 1`.execute(tx);
  });
  work.catch(() => undefined);
  await begun.promise;
  await setUntil(sql`now() - interval '1 second'`);
  await b.lease.attempt();
  const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_lock(7) as free`.execute(owner);
  assert.equal(rows[0]?.free, true);
  goOn.resolve();
  await assert.rejects(work, /terminat|Connection/i);
});

test('a time that lies further ahead than a lease lasts is of a clock that was set back: it keeps nobody away', async () => {
  const [a, b] = [node(), node()];
  await a.lease.attempt();
  await setUntil(sql`now() + interval '1 hour'`);
  await b.lease.attempt();
  assert.ok(b.lease.term());
});

test('work of long intervals is not begun again by the next holder, unless it was not ended', async () => {
  const [a, b] = [node(), node()];
  const begun: string[] = [];
  const work = async (of: ReturnType<typeof node>, name: string) => {
    await of.lease.attempt();
    const repeated = repeatOnOneNode(
      { db: of.connection(), term: of.lease.term },
      { name: 'sweep', everySeconds: 3_600 },
      async () => {
        begun.push(name);
      },
      (error) => {
        throw error;
      },
    );
    await repeated.stop();
    await of.lease.release();
  };
  await work(a, 'a');
  await work(b, 'b');
  assert.deepEqual(begun, ['a']);
  await owner.updateTable('periodic_work').set({ ended: false }).execute();
  await work(b, 'b');
  assert.deepEqual(begun, ['a', 'b']);
});

/** Its connection was ended by the other node. */
async function eventuallyConnected(db: DatabaseConnection): Promise<void> {
  await sql`select 1`.execute(db).catch(() => undefined);
}

async function eventuallyAttempted({ lease }: ReturnType<typeof node>): Promise<void> {
  await lease.attempt().catch(() => lease.attempt());
}
