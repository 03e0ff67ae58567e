import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type DatabaseConnection } from '@holdfast/db/data';
import { type TestDatabase, testDatabase } from '@holdfast/db/testing';
import { sql } from 'kysely';
import { claimRuns } from './claim-runs.ts';
import { createFinishRun } from './finish-run.ts';
import { createItemChanges } from './item-changes.ts';
import { returnInterrupted } from './items.ts';
import { openRunLocks } from './run-locks.ts';

let database: TestDatabase;
let db: DatabaseConnection;
before(async () => {
  database = await testDatabase();
  db = connect(database.dataUrl, { name: 'test' });
});
after(async () => {
  await db.destroy();
  await database[Symbol.asyncDispose]();
});

test('what only the holder of a run’s lock may do does not compile with another connection', () => {
  // None of these is called: each is refused by the type check, which fails when it is not.
  const refused = [
    // @ts-expect-error
    () => claimRuns(db, crypto.randomUUID(), 1, [], { runsOfOrganization: 1 }),
    // @ts-expect-error
    () => returnInterrupted(db, crypto.randomUUID(), crypto.randomUUID()),
    // @ts-expect-error
    () => createItemChanges(db),
    // @ts-expect-error
    () => createFinishRun(db, db),
  ];
  assert.equal(refused.length, 4);
});

test('once the session that holds the locks is ended, every statement through its connection fails', async () => {
  const locks = await openRunLocks(database.dataUrl, 'test-run-locks');
  await locks.confirm();
  const organizationId = crypto.randomUUID();
  await returnInterrupted(locks.connection, organizationId, crypto.randomUUID());
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test-run-locks'`.execute(db);
  await assert.rejects(locks.confirm());
  await assert.rejects(returnInterrupted(locks.connection, organizationId, crypto.randomUUID()));
  await locks.close();
});
