import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { newToken } from '@holdfast/api';
import { connect, type DatabaseConnection } from '@holdfast/db';
import { hashToken } from '@holdfast/db/control';
import { testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { createSignInLimit, SIGN_IN_RULES, type SignInLimit, waitAfter } from './sign-in-limit.ts';

const KEY = 'k'.repeat(40);
const LIMITED = { code: 'rate_limited' };
let database: Awaited<ReturnType<typeof testDatabase>>;
let owner: DatabaseConnection;
/** Two control planes. */
let planes: DatabaseConnection[];
let limit: SignInLimit;
before(async () => {
  database = await testDatabase();
  owner = connect(database.ownerUrl, { name: 'test', maximumConnections: 2 });
  planes = ['one', 'two'].map((name) => connect(database.controlUrl, { name, maximumConnections: 8 }));
});
beforeEach(async () => {
  await owner.deleteFrom('sign_in_counter').execute();
  limit = createSignInLimit(planes[0] as DatabaseConnection, KEY);
});
after(async () => {
  for (const db of [owner, ...(planes ?? [])]) await db?.destroy();
  await database?.[Symbol.asyncDispose]();
});

const fail = (address: string, email: string, device?: string, by = limit) => by.attempt({ address, email, device });
const succeed = async (address: string, email: string, device?: string) => (await fail(address, email, device)).succeeded();
/** As if the last attempts had been so many seconds ago. */
const later = (seconds: number) =>
  sql`update sign_in_counter set counted_at = clock_timestamp() - make_interval(secs => ${seconds})`.execute(owner);

/** No time goes by after an attempt, however slow this machine is, until this is disposed of. */
async function withoutTime(): Promise<AsyncDisposable> {
  await sql`create function counted_ahead() returns trigger language plpgsql as $$
    begin new.counted_at = clock_timestamp() + interval '1 hour'; return new; end $$`.execute(owner);
  await sql`create trigger counted_ahead before insert or update on sign_in_counter
    for each row execute function counted_ahead()`.execute(owner);
  return {
    async [Symbol.asyncDispose]() {
      await sql`drop function counted_ahead cascade`.execute(owner);
    },
  };
}

/** However slow this machine is: no time has gone by since the last attempt. */
async function refused(address: string, email: string, device?: string, why?: string): Promise<void> {
  await later(-3_600);
  await assert.rejects(fail(address, email, device), LIMITED, why);
}

async function deviceOf(email: string): Promise<string> {
  const userId = uuidv7();
  const token = newToken('device');
  await owner.insertInto('auth.user').values({ id: userId, name: 'A', email, emailVerified: true, image: null }).execute();
  await owner
    .insertInto('known_device')
    .values({ user_id: userId, token_hash: hashToken(token), expires_at: new Date(Date.now() + 3_600_000) })
    .execute();
  return token;
}

test('failures at one account from one address cost more and more time, and are forgotten after a while', async () => {
  const { pair } = SIGN_IN_RULES;
  assert.deepEqual(
    [0, 4, 5, 6, 7, 10].map((failures) => waitAfter(failures, pair)),
    [0, 0, 1, 2, 4, 32],
  );
  assert.equal(waitAfter(1_000, pair), pair.longestWaitSeconds);
  for (let round = 0; round < pair.free; round++) await fail('192.0.2.1', 'a@example.com');
  await refused('192.0.2.1', 'A@Example.com');
  await fail('192.0.2.2', 'a@example.com');
  await later(1);
  await fail('192.0.2.1', 'a@example.com');
  await later(1);
  await refused('192.0.2.1', 'a@example.com', undefined, 'now it takes two seconds');
  await later(2 * 24 * 3_600);
  for (let round = 0; round < pair.free; round++) await fail('192.0.2.1', 'a@example.com');
});

test('an attempt that is refused counts for nothing: it does not make the wait longer', async () => {
  for (let round = 0; round < 5; round++) await fail('192.0.2.1', 'a@example.com');
  for (let round = 0; round < 50; round++) await refused('192.0.2.1', 'a@example.com');
  await later(1);
  await fail('192.0.2.1', 'a@example.com');
});

test('attempts side by side are counted before anything is known of them, at every control plane', async () => {
  const limits = planes.map((db) => createSignInLimit(db, KEY));
  await using _ = await withoutTime();
  const attempts = Array.from({ length: 40 }, (_, round) => fail('192.0.2.1', 'a@example.com', undefined, limits[round % 2]));
  const through = (await Promise.allSettled(attempts)).filter(({ status }) => status === 'fulfilled');
  assert.equal(through.length, SIGN_IN_RULES.pair.free);
});

test('everybody behind one address signs in as often as they like: only failures count', async () => {
  for (let round = 0; round < 150; round++) await succeed('192.0.2.1', `${round % 50}@example.com`);
});

test('one address cannot try a few passwords at each of many accounts', async () => {
  for (let round = 0; round < SIGN_IN_RULES.network.free; round++) await fail(`2001:db8::${round.toString(16)}`, `${round}@example.com`);
  await refused('2001:db8::ffff', 'new@example.com', undefined, 'another address of the same /64');
  await refused('2001:0DB8:0:0:1::', 'newer@example.com', undefined, 'in another spelling');
  await fail('2001:db8:0:1::1', 'new@example.com');
});

test('signing in to an account of one’s own does not end the wait of a whole address', async () => {
  for (let round = 0; round < SIGN_IN_RULES.network.free + 5; round++) {
    await later(64);
    await fail('192.0.2.1', `${round}@example.com`).catch(() => undefined);
  }
  await owner.updateTable('sign_in_counter').set({ failures: 110 }).execute();
  await refused('192.0.2.1', 'own@example.com');
  await later(61);
  await succeed('192.0.2.1', 'own@example.com');
  await assert.rejects(fail('192.0.2.1', 'victim@example.com'), LIMITED);
});

test('many addresses cannot try one account for ever, and cannot keep its owner out for longer than a minute', async () => {
  for (let round = 0; round < SIGN_IN_RULES.account.free; round++) await fail(`198.51.100.${round}`, 'a@example.com');
  await refused('203.0.113.1', 'a@example.com');
  await owner.updateTable('sign_in_counter').set({ failures: 5_000 }).execute();
  await later(60);
  await fail('203.0.113.1', 'a@example.com');
});

test('a known device waits for nothing that strangers have tried, neither at its account nor from its address', async () => {
  const device = await deviceOf('known@example.com');
  for (let round = 0; round < SIGN_IN_RULES.account.free; round++) await fail(`198.51.100.${round}`, 'known@example.com');
  for (let round = 0; round < SIGN_IN_RULES.network.free; round++) await fail('192.0.2.1', `${round}@example.com`);
  await refused('192.0.2.1', 'known@example.com');
  await succeed('192.0.2.1', 'KNOWN@example.com', device);
});

test('a device is known for its own account alone, and only as long as its attempts last', async () => {
  const device = await deviceOf('one@example.com');
  await deviceOf('two@example.com');
  for (let round = 0; round < 5; round++) await fail('192.0.2.1', 'two@example.com', device);
  await refused('192.0.2.1', 'two@example.com', device, 'the device of another account');
  for (const made of [newToken('device'), `${device}x`]) await refused('192.0.2.1', 'two@example.com', made);
  const { device: own, pair } = SIGN_IN_RULES;
  for (let round = 0; round < own.free + pair.free; round++) await fail('192.0.2.9', 'one@example.com', device);
  await refused('192.0.2.9', 'one@example.com', device, 'a stolen cookie gives a few attempts and no more');
  await owner
    .updateTable('known_device')
    .set({ expires_at: new Date(Date.now() - 1000) })
    .execute();
  await owner.deleteFrom('sign_in_counter').execute();
  for (let round = 0; round < pair.free; round++) await fail('192.0.2.9', 'one@example.com', device);
  await refused('192.0.2.9', 'one@example.com', device, 'and none beyond once it has expired');
});

test('a clock that goes back keeps nobody out for longer than the longest wait', async () => {
  for (let round = 0; round < 5; round++) await fail('192.0.2.1', 'a@example.com');
  await later(-86_400);
  await assert.rejects(fail('192.0.2.1', 'a@example.com'), (error: { extra?: { retryAfterSeconds: number } }) => {
    assert.ok((error.extra?.retryAfterSeconds ?? Number.POSITIVE_INFINITY) <= SIGN_IN_RULES.pair.longestWaitSeconds);
    return true;
  });
});

test('what is stored names neither address nor e-mail, and old rows are swept', async () => {
  await fail('192.0.2.1', 'a@example.com');
  const { rows } = await sql<{ row: string }>`select c::text as row from sign_in_counter c`.execute(owner);
  assert.ok(rows.length === 3 && !JSON.stringify(rows).includes('192.0.2') && !JSON.stringify(rows).includes('example'));
  await later(3 * 86_400);
  for (let round = 0; round < 2_000 && (await owner.selectFrom('sign_in_counter').select('key').execute()).length > 2; round++) {
    await succeed('192.0.2.7', 'b@example.com');
  }
  assert.equal((await owner.selectFrom('sign_in_counter').select('key').execute()).length, 2, 'those of the last attempt alone');
});
