import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigurationError } from '@holdfast/service';
import { connect } from '../index.ts';
import { emptyDatabase, type TestDatabase, testDatabase } from '../testing/index.ts';
import { TEST_PASSWORDS } from '../testing/server.ts';
import { readMigrations } from './migrate.ts';
import { asOwner } from './owner-session.ts';
import { migrateInstance, prepareSchema } from './prepare.ts';
import { PrepareError } from './prepare-error.ts';
import { requireSchema } from './require-schema.ts';

const run = (ownerUrl: string, statement: string) => asOwner(ownerUrl, 'test', (client) => client.query(statement));
const newest = readMigrations().length;

/**
 * As a version of Holdfast that had one migration less has left it. The last file must be one that can be
 * applied to what is there.
 */
const ONE_LESS = readMigrations().slice(0, -1);
const ONE_MORE = [
  ...readMigrations(),
  { number: newest + 1, name: `${String(newest + 1).padStart(4, '0')}_test.sql`, sql: 'create table of_a_test (id integer)', sha256: 'x' },
];

async function asPlane(url: string, work: (db: ReturnType<typeof connect>) => Promise<void>): Promise<void> {
  const db = connect(url, { name: 'test-plane', maximumConnections: 1 });
  try {
    await work(db);
  } finally {
    await db.destroy();
  }
}

/** What each plane says about the schema that is there. */
async function refused(database: TestDatabase, message: RegExp, known = readMigrations()): Promise<void> {
  for (const url of [database.controlUrl, database.dataUrl]) {
    await asPlane(url, async (db) => {
      await assert.rejects(requireSchema(db, known), (error: Error) => error instanceof ConfigurationError && message.test(error.message));
    });
  }
}

test('a plane runs on the schema of its version', async () => {
  await using database = await testDatabase();
  for (const url of [database.controlUrl, database.dataUrl]) await asPlane(url, (db) => requireSchema(db));
});

test('a plane refuses an older schema and a newer one, and says what to run', async () => {
  await using database = await testDatabase();
  await refused(
    database,
    /older Holdfast \(\d{4}_\w+\.sql\); this program needs .*_test\.sql.*does not migrate.*Run holdfast migrate/,
    ONE_MORE,
  );
  await refused(database, /newer Holdfast.*Start the newer version/, ONE_LESS);
});

test('a plane whose role may not look, or whose database is empty, says who prepares it', async () => {
  await using database = await testDatabase();
  await run(database.ownerUrl, 'drop table holdfast.schema_migration');
  await refused(database, /no schema of Holdfast that this role may read.*Run holdfast migrate/);
  await using empty = await emptyDatabase();
  await asPlane(empty.ownerUrl, async (db) => {
    await assert.rejects(requireSchema(db), /no schema of Holdfast.*holdfast migrate/);
  });
});

test('a start migrates when nobody runs on the database, and not while planes of another one do', async () => {
  await using database = await testDatabase();
  const { rows } = await run(database.ownerUrl, 'select home_id as "homeId" from holdfast.instance');
  const home = {
    homeId: rows[0].homeId as string,
    rootKeyId: undefined,
    passwords: TEST_PASSWORDS,
    passwordsKnown: true,
  };
  await asPlane(database.controlUrl, async (db) => {
    await requireSchema(db);
    await assert.rejects(
      prepareSchema(database.ownerUrl, home, { migrations: ONE_MORE, endingMilliseconds: 200 }),
      (error: Error) =>
        error instanceof PrepareError &&
        /planes of another one are using it \(1 of their/.test(error.message) &&
        /holdfast migrate/.test(error.remedy),
    );
  });
  await refused(database, /older/, ONE_MORE);
  // Sessions that end soon are no other Holdfast.
  const db = connect(database.dataUrl, { name: 'test-plane', maximumConnections: 1 });
  await requireSchema(db);
  setTimeout(() => void db.destroy(), 300);
  assert.equal((await prepareSchema(database.ownerUrl, home, { migrations: ONE_MORE })).migrationsApplied, 1);
  await asPlane(database.dataUrl, (plane) => requireSchema(plane, ONE_MORE));
});

test('holdfast migrate goes ahead while planes run, says so, and changes no password', async () => {
  await using database = await testDatabase();
  await asPlane(database.controlUrl, async (db) => {
    await requireSchema(db);
    const migrated = await migrateInstance(database.ownerUrl, ONE_MORE);
    assert.deepEqual(migrated, { migrationsApplied: 1, schema: ONE_MORE.at(-1)?.name, sessions: 1 });
  });
  await asPlane(database.controlUrl, (db) => requireSchema(db, ONE_MORE));
  assert.equal((await migrateInstance(database.ownerUrl, ONE_MORE))?.migrationsApplied, 0);
  await assert.rejects(migrateInstance(database.ownerUrl), /newer Holdfast/);
});

test('only the owner migrates: the role of a plane is refused by name, and so is one that may not make schemas', async () => {
  await using database = await testDatabase();
  for (const url of [database.controlUrl, database.dataUrl]) {
    await assert.rejects(
      migrateInstance(url),
      (error: Error) =>
        error instanceof PrepareError &&
        /does not own the schema of Holdfast/.test(error.message) &&
        /Put the address of/.test(error.remedy),
    );
  }
  await using empty = await emptyDatabase();
  const name = new URL(empty.superuserUrl.replace('@/', '@localhost/')).pathname;
  const asStranger = database.controlUrl.replace(/\/test_[0-9a-f]+/, name);
  await assert.rejects(migrateInstance(asStranger), /may not make schemas in this database/);
});
