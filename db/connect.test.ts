import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { connect } from './connect.ts';
import { asOwner } from './owner-session.ts';
import { testDatabase } from './testing/index.ts';
import { transaction } from './transaction.ts';

const endAll = (superuserUrl: string) =>
  asOwner(superuserUrl, 'test', (client) =>
    client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'),
  );

test('a server that ends connections, idle and in use, ends no process; the next statement has a new one', async () => {
  await using database = await testDatabase();
  await using open = new AsyncDisposableStack();
  const db = connect(database.controlUrl, { name: 'test' });
  open.defer(() => db.destroy());
  await sql`select 1`.execute(db);
  await endAll(database.superuserUrl);
  await sleep(50);

  // Checked out of the pool, and with no statement under way: nobody but the listener hears of its end.
  await db.connection().execute(async (held) => {
    await sql`select 1`.execute(held);
    await endAll(database.superuserUrl);
    await sleep(50);
    await assert.rejects(sql`select 1`.execute(held));
  });
  await sql`select 1`.execute(db);
});

test('where plans are made once, a statement keeps one plan; transactions have one for each value', async () => {
  await using database = await testDatabase();
  await using open = new AsyncDisposableStack();
  const db = connect(database.controlUrl, { name: 'test', maximumConnections: 1, maximumTransactions: 1, plansOnce: true });
  open.defer(() => db.destroy());
  const mode = sql<{ plan_cache_mode: string }>`show plan_cache_mode`;
  assert.equal((await mode.execute(db)).rows[0]?.plan_cache_mode, 'force_generic_plan');
  assert.equal((await transaction(db, (tx) => mode.execute(tx))).rows[0]?.plan_cache_mode, 'auto');
});
