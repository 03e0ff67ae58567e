import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { connect } from './connection/connect.ts';
import { createInstanceClock, LATEST_TIME } from './instance-clock.ts';
import type { Tables } from './tables.ts';
import { testDatabase } from './testing/index.ts';

test('a time that was seen is stored, and no later time is before it, in any process', async () => {
  await using database = await testDatabase();
  await using open = new AsyncDisposableStack();
  const connection = (url: string) => {
    const db = connect<Tables>(url, { name: 'test' });
    open.defer(() => db.destroy());
    return db;
  };
  const [owner, control, data] = [connection(database.ownerUrl), connection(database.controlUrl), connection(database.dataUrl)];
  const clockOf = (db: typeof control) => {
    const clock = createInstanceClock(db);
    open.defer(() => clock.stop());
    return clock;
  };
  const stored = async () => (await owner.selectFrom('clock').select('latest').executeTakeFirstOrThrow()).latest.getTime();
  await owner
    .updateTable('clock')
    .set({ latest: new Date(0) })
    .execute();

  const seen = await clockOf(control).now();
  assert.ok(Math.abs(seen.getTime() - Date.now()) < 60_000);
  assert.equal(await stored(), seen.getTime());

  // What a clock leaves that was a day ahead, and was then set back.
  const ahead = new Date(Date.now() + 86_400_000);
  await owner.updateTable('clock').set({ latest: ahead }).execute();
  assert.deepEqual(await clockOf(control).now(), ahead);
  assert.deepEqual(await clockOf(data).advance(), ahead);
  const { rows } = await sql<{ latest: Date }>`select ${LATEST_TIME} as latest`.execute(data);
  assert.deepEqual(rows, [{ latest: ahead }]);
  assert.equal(await stored(), ahead.getTime());
});

test('a plane can move the time forward by looking at the clock, and set it in no other way', async () => {
  await using database = await testDatabase();
  for (const url of [database.controlUrl, database.dataUrl]) {
    const db = connect<Tables>(url, { name: 'test' });
    await assert.rejects(
      db
        .updateTable('clock')
        .set({ latest: new Date(0) })
        .execute(),
      /permission denied/,
    );
    await db.destroy();
  }
});
