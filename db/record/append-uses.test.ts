import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { canonicalBody } from '@holdfast/audit';
import { uuidv7 } from '@holdfast/envelope';
import { type Kysely, sql } from 'kysely';
import { connect, type Database } from '../index.ts';
import { type TestDatabase, testDatabase } from '../testing/index.ts';
import { appendUses } from './append-audit.ts';

/** Uses are counted in the statement that says on the record how they ended. */

const ADA = { kind: 'member', id: null, name: 'Ada Lovelace' } as const;
const [organization, one, other] = [uuidv7(), uuidv7(), uuidv7()];
let database: TestDatabase;
let data: Kysely<Database>;
let owner: Kysely<Database>;

before(async () => {
  database = await testDatabase();
  data = connect(database.dataUrl, { name: 'test', maximumConnections: 4 });
  owner = connect(database.ownerUrl, { name: 'test', maximumConnections: 2 });
  for (const [id, name] of [
    [one, 'ONE'],
    [other, 'OTHER'],
  ] as const) {
    await owner.insertInto('secret').values({ organization_id: organization, id, name, created_by: ADA }).execute();
  }
});
after(async () => {
  await data.destroy();
  await owner.destroy();
  await database[Symbol.asyncDispose]();
});

const ended = (id: string) =>
  canonicalBody({ action: 'secret.use-outcome', actor: ADA, outcome: 'success', target: { kind: 'secret', id, name: 'ONE' } });
const append = (ids: string[], stamp: boolean, day?: string) =>
  appendUses(data, organization, ids.map(ended), { secretIds: ids, stamp, day });
const usesOf = async (id: string) =>
  (await owner.selectFrom('secret_use_day').select('uses').where('secret_id', '=', id).executeTakeFirst())?.uses;
const lastUseOf = async (id: string) =>
  (await owner.selectFrom('secret').select('last_used_at').where('id', '=', id).executeTakeFirstOrThrow()).last_used_at;

test('every use is counted, and the time of the last one is written when it is asked for', async () => {
  await append([one, other, one], false);
  assert.deepEqual([await usesOf(one), await usesOf(other), await lastUseOf(one)], [2, 1, null]);
  const { entries, lowest, former } = await append([one], true);
  assert.deepEqual([await usesOf(one), (await lastUseOf(one)) === null], [3, false]);
  assert.deepEqual([entries[0]?.sequence, lowest, former?.sequence], [4, 1, 3]);
});

test('a secret that is gone has nothing to count, and its events stand on the record', async () => {
  const { entries } = await append([uuidv7(), other], true);
  assert.equal(entries.length, 2);
  assert.equal(await usesOf(other), 2);
});

test('further uses of a secret are counted on the row of the day for which it was counted a moment ago', async () => {
  const { day } = await append([one], true);
  assert.match(day ?? '', /^\d{4}-\d\d-\d\d$/);
  const before = (await usesOf(one)) ?? 0;
  const { entries, day: again } = await append([one, one], false, day);
  assert.deepEqual([await usesOf(one), again, entries.length], [before + 2, day, 2]);
  await append([one, other], false, day);
  assert.deepEqual([await usesOf(one), await usesOf(other)], [before + 3, 3]);

  const gone = await append([uuidv7()], false, day);
  assert.deepEqual([gone.entries.length, gone.day], [1, undefined]);
});

test('uses are counted while somebody changes what is known about the secret', async () => {
  await owner.transaction().execute(async (tx) => {
    await sql`update secret set description = 'in the middle of a change' where id = ${one}`.execute(tx);
    await append([one], false);
    await assert.rejects(append([one], true), { code: '55P03' });
  });
  assert.equal(await usesOf(one), 8);
});

test('one that begins while the secret is deleted waits, and counts nothing', async () => {
  let counting: Promise<unknown> = Promise.resolve();
  await owner.transaction().execute(async (tx) => {
    await sql`delete from secret where id = ${other}`.execute(tx);
    counting = append([other], false);
    await sql`select pg_sleep(0.3)`.execute(tx);
  });
  await counting;
  assert.equal(await usesOf(other), undefined);
});

test('one that is counted on the row of the day waits for the deletion as well, and counts nothing', async () => {
  const { day } = await append([one], true);
  let counting: Promise<unknown> = Promise.resolve();
  await owner.transaction().execute(async (tx) => {
    await sql`delete from secret where id = ${one}`.execute(tx);
    counting = append([one], false, day);
    await sql`select pg_sleep(0.3)`.execute(tx);
  });
  await counting;
  assert.equal(await usesOf(one), undefined);
});
