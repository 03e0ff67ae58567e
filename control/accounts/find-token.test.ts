import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DatabaseConnection } from '@holdfast/db/control';
import { hashToken } from '@holdfast/db/control';
import { sql } from 'kysely';
import { type TestInstance, type TestOrganization, testInstance } from '../testing/instance.ts';
import { createFindToken } from './find-token.ts';

let instance: TestInstance;
let organizations: TestOrganization[];
let statements = 0;
/** Counts what is answered. */
let counted: DatabaseConnection;
before(async () => {
  instance = await testInstance();
  organizations = [await instance.addOrganization('one'), await instance.addOrganization('two')];
  counted = instance.db.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      statements += 1;
      return result;
    },
  }) as unknown as DatabaseConnection;
});
after(() => instance[Symbol.asyncDispose]());

test('tokens that are looked up at once share a statement, and each is answered by its own holder', async () => {
  const findToken = createFindToken(counted);
  statements = 0;
  const tokens = Array.from({ length: 30 }, (_, number) => organizations[number % 3]?.owner.token ?? `unknown ${number}`);
  const found = await Promise.all(tokens.map((token) => findToken(hashToken(token))));
  assert.deepEqual(
    found.map((token) => token?.slug),
    tokens.map((_, number) => ['one', 'two', undefined][number % 3]),
  );
  assert.equal(statements, 1);
});

test('a look-up that fails leaves none of those that wait, and the next one works', async () => {
  const findToken = createFindToken(counted);
  const hash = hashToken(organizations[0]?.owner.token ?? '');
  await sql`alter table access_token rename to access_token_away`.execute(instance.db);
  try {
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => findToken(hash)));
    assert.deepEqual([...new Set(outcomes.map(({ status }) => status))], ['rejected']);
  } finally {
    await sql`alter table access_token_away rename to access_token`.execute(instance.db);
  }
  assert.equal((await findToken(hash))?.slug, 'one');
});
