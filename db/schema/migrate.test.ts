import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type TestDatabase, testDatabase } from '../testing/index.ts';
import { type Migration, MigrationError, migrate, readMigrations } from './migrate.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database[Symbol.asyncDispose]());

const known = readMigrations();
const next = (sql: string, sha256 = 'new'): Migration => ({ number: known.length + 1, name: 'next.sql', sql, sha256 });

async function asOwner<T>(work: (client: pg.Client) => Promise<T>, ownerUrl = database.ownerUrl): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('migrating again changes nothing', async () => {
  assert.equal(await migrate(database.ownerUrl), 0);
});

test('a database of a newer program is refused, by the name of what it does not know', async () => {
  await asOwner((client) => client.query("insert into holdfast.schema_migration values (9999, '9999_from_the_future.sql', 'x')"));
  await assert.rejects(
    migrate(database.ownerUrl),
    (error: Error) => error instanceof MigrationError && /newer Holdfast \(9999_from_the_future/.test(error.message),
  );
  await asOwner((client) => client.query('delete from holdfast.schema_migration where number = 9999'));
});

test('a migration that was edited after it was applied is refused by name', async () => {
  const edited = known.map((migration, index) => (index === 2 ? { ...migration, sha256: 'edited' } : migration));
  await assert.rejects(migrate(database.ownerUrl, edited), new RegExp(`${known[2]?.name} was edited`));
});

test('a migration that fails halfway leaves nothing of itself', async () => {
  await assert.rejects(
    migrate(database.ownerUrl, [...known, next('create table half (x int); select 1/0;')]),
    /next\.sql could not be applied.*division by zero/,
  );
  const { rowCount } = await asOwner((client) => client.query("select from pg_tables where tablename = 'half'"));
  assert.equal(rowCount, 0);
});

test('a migration that fails leaves the views that planes read while they run', async () => {
  await using own = await testDatabase();
  const read = 'select from holdfast.secret_in_project';
  const failing = next('select 1/0;');
  await assert.rejects(migrate(own.ownerUrl, [...known, failing]), (error: Error) => !/Applied before it/.test(error.message));
  await asOwner((client) => client.query(read), own.ownerUrl);
  // Of two the first is applied: the message says so.
  const second: Migration = { ...failing, number: known.length + 2, name: 'second.sql', sha256: 'second' };
  await assert.rejects(
    migrate(own.ownerUrl, [...known, next('create table first (x int);'), second]),
    /second\.sql could not be applied: division by zero\. Applied before it: next\.sql/,
  );
});

test('a migration may change what the views of usable.sql read: none of them is in its way', async () => {
  const changes = next(`do $$ begin
    if exists (select from pg_views where schemaname = 'holdfast' and viewname <> 'live_node') then raise 'a view is in the way'; end if;
    raise 'there is none';
  end $$`);
  await assert.rejects(migrate(database.ownerUrl, [...known, changes]), /there is none/);
});

test('of two programs that migrate at once, one does it and the other finds it done', async () => {
  const migrations = [...known, next('create table raced (x int); select pg_sleep(0.2);')];
  const applied = await Promise.all([migrate(database.ownerUrl, migrations), migrate(database.ownerUrl, migrations)]);
  assert.deepEqual(applied.sort(), [0, 1]);
});
