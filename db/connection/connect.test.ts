import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { asOwner } from '../schema/owner-session.ts';
import { testDatabase } from '../testing/index.ts';
import { NoAnswerError } from './answer-deadline.ts';
import { connect } from './connect.ts';
import { rowsOf } from './statements.ts';
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

test('a statement that is not answered in time fails, and its connection is replaced when the answer is here', async () => {
  await using database = await testDatabase();
  await using open = new AsyncDisposableStack();
  const db = connect(database.controlUrl, { name: 'test', maximumConnections: 1, answerTimeoutMilliseconds: 300 });
  open.defer(() => db.destroy());
  const pid = async () => (await rowsOf<{ pid: number }>(db, 'select pg_backend_pid() as pid', []))[0]?.pid;
  const first = await pid();
  await assert.rejects(sql`select pg_sleep(0.6)`.execute(db), (error) => error instanceof NoAnswerError && error.code === '08006');
  // Of one that may have changed something nobody knows whether it did.
  await assert.rejects(sql`do $$ begin perform pg_sleep(0.6); end $$`.execute(db), { code: '08007' });
  assert.notEqual(await pid(), first);
  await assert.rejects(sql`select 1 / 0`.execute(db), { code: '22012' });
});

test('of a call of a function that changes something nobody knows what it did; one that only reads did nothing', async () => {
  await using database = await testDatabase();
  const called = await asOwner(database.superuserUrl, 'test', async (client) => {
    const { rows } = await client.query<{ name: string; changes: boolean }>(`
      select distinct p.proname as name, p.provolatile = 'v' as changes from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace cross join unnest(array['holdfast_control', 'holdfast_data']) as plane
      where n.nspname = 'holdfast' and p.prorettype <> 'trigger'::regtype and has_function_privilege(plane, p.oid, 'execute')`);
    return rows;
  });
  assert.ok(called.filter(({ changes }) => changes).length > 5 && called.some(({ changes }) => !changes));
  for (const { name, changes } of called) {
    const { code } = new NoAnswerError(`select holdfast.${name}($1)`, false, 300);
    assert.equal(code, changes ? '08007' : '08006', name);
  }
});

test('a statement whose text never changes is part of the transaction that it is sent in', async () => {
  await using database = await testDatabase();
  await using open = new AsyncDisposableStack();
  const db = connect(database.controlUrl, { name: 'test', maximumConnections: 2, maximumTransactions: 1 });
  open.defer(() => db.destroy());
  const setting = `select current_setting('holdfast.test', true) as set`;
  await transaction(db, async (tx) => {
    await sql`select set_config('holdfast.test', 'here', true)`.execute(tx);
    assert.deepEqual(await rowsOf(tx, setting, []), [{ set: 'here' }]);
    assert.deepEqual(await rowsOf(db, setting, []), [{ set: null }]);
  });
});
