import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { connectAll } from './connections.ts';
import { type TestInstance, testInstance } from './testing/instance.ts';

let instance: TestInstance;
before(async () => {
  instance = await testInstance();
});
after(() => instance[Symbol.asyncDispose]());

test('a statement that deletes much is given minutes, any other one seconds', async () => {
  const { db, searches, uploads, deletions, health } = connectAll(instance.settings.databaseUrl);
  const limits: (string | undefined)[] = [];
  for (const each of [db, searches, uploads, health, deletions]) {
    const { rows } = await sql<{ statement_timeout: string }>`show statement_timeout`.execute(each);
    limits.push(rows[0]?.statement_timeout);
    await each.destroy();
  }
  assert.deepEqual(limits, ['30s', '3s', '30s', '1500ms', '5min']);
});
