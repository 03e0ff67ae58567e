import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { emptyDatabase } from '../testing/index.ts';
import { connect } from './connect.ts';
import { copyDirection } from './copy-bytes.ts';

const INSERT = 'set local synchronous_commit to off; copy piece (number, bytes) from stdin (format binary)';

let database: Awaited<ReturnType<typeof emptyDatabase>>;
let db: Kysely<Record<string, never>>;
before(async () => {
  database = await emptyDatabase();
  // One connection, so that what a statement leaves behind meets the next one.
  db = connect(database.ownerUrl, { name: 'test', maximumConnections: 1 });
  await sql`create schema if not exists holdfast`.execute(db);
  await sql`create table piece (number integer primary key, bytes bytea not null check (length(bytes) < 3000000))`.execute(db);
});
after(async () => {
  await db.destroy();
  await database[Symbol.asyncDispose]();
});

function insert(number: number, bytes: Buffer) {
  const place = Buffer.alloc(4);
  place.writeInt32BE(number);
  return db.executeQuery(CompiledQuery.raw(INSERT, [place, bytes]));
}

async function read(from: number, to: number): Promise<Buffer[]> {
  const { rows } = await sql<{ bytes: Buffer }>`
    copy (select bytes from piece where number between ${sql.lit(from)} and ${sql.lit(to)} order by number) to stdout (format binary)`.execute(
    db,
  );
  return rows.map(({ bytes }) => bytes);
}

test('bytes of any size come back as they were, several rows at a time', async () => {
  const pieces = [0, 1, 63, 64, 65, 65_535, 65_536, 1024 * 1024, 2_999_999].map((size) => randomBytes(size));
  for (const [number, bytes] of pieces.entries()) assert.equal((await insert(number, bytes)).numAffectedRows, 1n);
  const found = await read(0, 100);
  assert.equal(found.length, pieces.length);
  for (const [number, bytes] of pieces.entries()) assert.ok(found[number]?.equals(bytes), `${bytes.length} bytes`);
  assert.deepEqual(await read(500, 600), []);
});

test('what the database refuses is the error of the statement, and the connection goes on', async () => {
  await insert(1_000, Buffer.from('one'));
  for (const bytes of [Buffer.from('again'), randomBytes(2_000_000)]) {
    await assert.rejects(insert(1_000, bytes), (error: { code?: string }) => error.code === '23505');
    await assert.rejects(insert(1_001, Buffer.alloc(3_000_000)), (error: { code?: string }) => error.code === '23514');
  }
  await assert.rejects(
    sql`copy (select bytes from nothing) to stdout (format binary)`.execute(db),
    (error: { code?: string }) => error.code === '42P01',
  );
  // It fails when the first row is on its way.
  await assert.rejects(
    sql`copy (select case number when 1000 then bytes else repeat('x', 1 / (number - number))::bytea end from piece order by number desc)
      to stdout (format binary)`.execute(db),
    (error: { code?: string }) => error.code === '22012',
  );
  assert.deepEqual(await read(1_000, 1_001), [Buffer.from('one')]);
});

test('only the row itself does not wait for the disk', async () => {
  await insert(2_000, Buffer.from('one'));
  const { rows } = await sql<{ setting: string }>`select current_setting('synchronous_commit') as setting`.execute(db);
  assert.deepEqual(rows, [{ setting: 'on' }]);
});

test('a connection that is lost fails the statement', async () => {
  const other = connect(database.superuserUrl, { name: 'other', maximumConnections: 1 });
  try {
    const reading = sql`copy (select (pg_sleep(20)::text)::bytea) to stdout (format binary)`.execute(db);
    const failed = assert.rejects(reading);
    for (let ended = 0; ended === 0; ) {
      const { rows } = await sql<{ ended: boolean }>`
        select pg_terminate_backend(pid) as ended from pg_stat_activity where query like 'copy (select (pg_sleep%'`.execute(other);
      ended = rows.length;
    }
    await failed;
    // The pool may hear of the loss after the statement did.
    await read(2_000, 2_000).catch(() => undefined);
    assert.equal((await read(2_000, 2_000)).length, 1);
  } finally {
    await other.destroy();
  }
});

test('other statements are not taken for a copy of bytes', () => {
  assert.equal(copyDirection('select 1'), undefined);
  assert.equal(copyDirection('copy piece to stdout'), undefined);
  assert.equal(copyDirection("insert into a values ('copy b from stdin (format binary)')"), undefined);
});
