import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { testDatabase } from '../testing/index.ts';
import { connect } from './connect.ts';

test('what is sent again and again is prepared, what is sent now and then is not', async () => {
  await using database = await testDatabase();
  const db = connect(database.controlUrl, { name: 'test', maximumConnections: 1 });
  try {
    const prepared = async () => {
      const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db);
      return rows.filter(({ statement }) => statement.includes('as again')).length;
    };
    const again = (number: number) => sql<{ again: number }>`select ${number}::integer as again`.execute(db);
    for (let number = 0; number < 5; number += 1) await again(number);
    assert.equal(await prepared(), 0);
    for (let number = 0; number < 3; number += 1) assert.deepEqual((await again(number)).rows, [{ again: number }]);
    assert.equal(await prepared(), 1);
  } finally {
    await db.destroy();
  }
});

test('a prepared statement fails as any other, and the next one works', async () => {
  await using database = await testDatabase();
  const db = connect(database.controlUrl, { name: 'test', maximumConnections: 1 });
  try {
    const divide = (by: number) => sql<{ part: number }>`select 12 / ${by}::integer as part`.execute(db);
    for (let by = 1; by < 9; by += 1) await divide(by);
    await assert.rejects(divide(0), { code: '22012' });
    assert.deepEqual((await divide(3)).rows, [{ part: 4 }]);
  } finally {
    await db.destroy();
  }
});
