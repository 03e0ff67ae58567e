import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '@holdfast/db/testing';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';
import { accountOptions } from './accounts.ts';

test('the migration of the accounts is all that the account library asks for', async () => {
  await using database = await testDatabase();
  const pool = new pg.Pool({ connectionString: database.ownerUrl, options: '-c search_path=auth', max: 2 });
  // The database is dropped as soon as the pool has let go of its connections, which may hear of it.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  const options = accountOptions(
    { sessionKey: 'k'.repeat(40), publicUrl: 'http://holdfast.test', clock: { now: async () => new Date() } },
    pool,
  );
  // Ids are UUIDs in the tables; at run time they are made by us.
  const plan = await getMigrations({ ...options, advanced: { ...options.advanced, database: { generateId: 'uuid' } } });
  await pool.end();
  assert.deepEqual(plan.toBeCreated, []);
  assert.deepEqual(plan.toBeAdded, []);
  assert.deepEqual(plan.toBeAddedIndexes, []);
  assert.deepEqual(plan.schemaProblems, []);
});
