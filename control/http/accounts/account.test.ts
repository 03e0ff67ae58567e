import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newToken } from '@holdfast/api';
import { connect, transaction } from '@holdfast/db';
import { hashToken } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { hashPassword } from 'better-auth/crypto';
import { sql } from 'kysely';
import { eventually } from '../../../tests/harness/eventually.ts';
import {
  cookiesOf,
  makeAccount,
  operatorLink,
  PASSWORD,
  PUBLIC_URL,
  type Reply,
  signIn,
  type TestInstance,
  testInstance,
} from '../../testing/instance.ts';

const OTHER_PASSWORD = 'another horse, another battery';
let instance: TestInstance;
before(async () => {
  instance = await testInstance();
  await instance.db.insertInto('mail_sender').values({ sender: 'holdfast@example.com' }).execute();
});
after(() => instance[Symbol.asyncDispose]());

/** A person who is a member of one organization, and signed in. */
async function person(name: string) {
  const email = `${name}@example.com`;
  const cookie = await makeAccount(instance, email);
  const slug = `of-${name}`;
  const made = await instance.call('POST', '/api/organizations', { ...as(cookie), body: { name: slug, slug } });
  assert.equal(made.status, 201, made.text);
  const { id } = (await instance.call('GET', '/api/session', as(cookie))).json.user;
  return { id, email, cookie, slug };
}

const as = (cookie: string) => ({ headers: { cookie, origin: PUBLIC_URL } });
const call = (method: string, path: string, cookie: string, body?: unknown): Promise<Reply> =>
  instance.call(method, `/api/account${path}`, { ...as(cookie), ...(body === undefined ? {} : { body }) });
const isIn = async (cookie: string) => (await instance.call('GET', '/api/session', as(cookie))).status === 200;

async function recorded(slug: string, cookie: string): Promise<{ action: string; outcome: string; detail: Record<string, unknown> }[]> {
  return (await instance.call('GET', `/api/organizations/${slug}/audit`, as(cookie))).json.items;
}

/** The link of a mail that waits, with a token as the data plane would make it. */
async function mailedToken(recipient: string): Promise<string> {
  const mail = await eventually('the mail', () =>
    instance.db
      .selectFrom('account_mail')
      .select('link_id')
      .where('recipient', '=', recipient)
      .where('link_id', 'is not', null)
      .orderBy('id', 'desc')
      .executeTakeFirst(),
  );
  const token = newToken('account');
  await instance.db
    .updateTable('account_link')
    .set({ token_hash: hashToken(token) })
    .where('id', '=', mail.link_id)
    .execute();
  return token;
}

const mailsTo = async (recipient: string) =>
  (await instance.db.selectFrom('account_mail').select('kind').where('recipient', '=', recipient).orderBy('id').execute()).map(
    ({ kind }) => kind,
  );

test('a session is listed with where it comes from, and one that is ended is refused at its very next request', async () => {
  const { email, cookie, slug } = await person('sessions');
  const from = (address: string, agent: string) =>
    instance.call('POST', '/api/auth/sign-in/email', {
      body: { email, password: PASSWORD },
      headers: { origin: PUBLIC_URL, 'user-agent': agent, 'x-forwarded-for': address },
    });
  const phone = cookiesOf(await from('203.0.113.8', 'A telephone'));
  const third = cookiesOf(await from('203.0.113.9', 'A third'));
  const { items } = (await call('GET', '/sessions', cookie)).json;
  assert.equal(items.length, 3);
  assert.deepEqual(
    items.map(({ current, userAgent }: { current: boolean; userAgent: string }) => [current, userAgent]).sort(),
    [
      [false, 'A telephone'],
      [false, 'A third'],
      [true, 'lightMyRequest'],
    ].sort(),
  );
  const ofPhone = items.find(({ userAgent }: { userAgent: string }) => userAgent === 'A telephone');
  assert.equal(ofPhone.address, '127.0.0.1', 'X-Forwarded-For of nobody in particular is not believed');
  const other = await person('stranger');
  assert.equal((await call('DELETE', `/sessions/${ofPhone.id}`, other.cookie)).status, 404, 'of somebody else');
  assert.ok(await isIn(phone));
  assert.equal((await call('DELETE', `/sessions/${ofPhone.id}`, cookie)).status, 204);
  assert.ok(!(await isIn(phone)));
  assert.ok((await isIn(third)) && (await isIn(cookie)));
  assert.deepEqual((await call('POST', '/sessions/end-others', cookie)).json, { sessionsEnded: 1 });
  assert.ok(!(await isIn(third)) && (await isIn(cookie)) && (await isIn(other.cookie)));
  const events = (await recorded(slug, cookie)).filter(({ action }) => action === 'session.revoke');
  assert.deepEqual(
    events.map(({ detail }) => detail.sessionsEnded),
    [1, 1],
  );
});

test('a session says when it was last used, which only a POST of our own pages moves', async () => {
  const { cookie } = await person('seen');
  await sql`update auth.session set "lastSeenAt" = now() - interval '3 hours' where "userId" = (select id from auth."user" where email = 'seen@example.com')`.execute(
    instance.db,
  );
  const seen = async () => Date.now() - Date.parse((await call('GET', '/sessions', cookie)).json.items[0].lastSeenAt);
  assert.ok((await seen()) > 3_600_000);
  assert.equal((await instance.call('POST', '/api/auth/prolong-session', as(cookie))).status, 204);
  assert.ok((await seen()) < 3_600_000);
});

test('known devices are listed, and one that is forgotten counts as any other', async () => {
  const { cookie, id } = await person('devices');
  const { items } = (await call('GET', '/devices', cookie)).json;
  assert.deepEqual(
    items.map(({ current, userAgent }: { current: boolean; userAgent: string }) => [current, userAgent]),
    [
      [true, 'lightMyRequest'],
      [false, 'lightMyRequest'],
    ],
    'where the account was made, and where its person signed in',
  );
  const other = await person('not-the-devices');
  assert.equal((await call('DELETE', `/devices/${items[0].id}`, other.cookie)).status, 404);
  assert.equal((await call('DELETE', `/devices/${items[0].id}`, cookie)).status, 204);
  assert.equal((await instance.db.selectFrom('known_device').select('id').where('user_id', '=', id).execute()).length, 1);
  assert.ok(await isIn(cookie), 'a device is no session');
});

test('a new name is on the record of the person’s organizations', async () => {
  const { cookie, slug } = await person('renamed');
  assert.equal((await call('PATCH', '', cookie, { name: '  Grace Hopper ' })).status, 204);
  assert.equal((await call('GET', '', cookie)).json.name, 'Grace Hopper');
  const [newest] = await recorded(slug, cookie);
  assert.deepEqual([newest?.action, newest?.detail.to], ['account.rename', 'Grace Hopper']);
});

test('a new password wants the current one, ends the other sessions, devices and links, and is announced by mail', async () => {
  const { email, cookie, slug, id } = await person('changing');
  const elsewhere = await signIn(instance, email);
  const set = (currentPassword: string, newPassword: string) => call('POST', '/password', cookie, { currentPassword, newPassword });
  const wrong = await set('not the password', OTHER_PASSWORD);
  assert.deepEqual([wrong.status, wrong.json.code, wrong.json.field], [401, 'invalid_credentials', 'currentPassword']);
  assert.ok((await isIn(cookie)) && (await isIn(elsewhere)));
  assert.equal((await set(PASSWORD, PASSWORD)).json.field, 'newPassword');
  assert.equal((await set(PASSWORD, 'short')).json.field, 'newPassword');
  await instance.call('POST', '/api/account/password-reset', { body: { email } });
  const pending = await mailedToken(email);
  const done = await set(PASSWORD, OTHER_PASSWORD);
  assert.deepEqual([done.status, done.json], [200, { sessionsEnded: 1 }], done.text);
  assert.ok((await isIn(cookie)) && !(await isIn(elsewhere)));
  await assert.rejects(signIn(instance, email, PASSWORD));
  await signIn(instance, email, OTHER_PASSWORD);
  assert.equal((await instance.call('POST', '/api/account-links/look-up', { body: { token: pending } })).status, 403);
  assert.deepEqual(await mailsTo(email), ['password-changed'], 'the mail with the link went with it');
  const devices = await instance.db.selectFrom('known_device').select('token_hash').where('user_id', '=', id).execute();
  assert.equal(devices.length, 2, 'this one, and where the person signed in since');
  const events = (await recorded(slug, cookie)).filter(({ action }) => action === 'account.change-password');
  assert.deepEqual(
    events.map(({ outcome }) => outcome),
    ['success', 'refused'],
  );
});

test('guessing at the current password costs growing time, as guessing at the sign-in does', async () => {
  const { cookie } = await person('guessed');
  await sql`delete from known_device where user_id = (select id from auth."user" where email = 'guessed@example.com')`.execute(instance.db);
  const statuses: number[] = [];
  for (let round = 0; round < 7; round++) {
    await sql`update sign_in_counter set counted_at = now() + interval '1 hour'`.execute(instance.db);
    statuses.push((await call('POST', '/password', cookie, { currentPassword: 'wrong', newPassword: OTHER_PASSWORD })).status);
  }
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429]);
  await sql`delete from sign_in_counter`.execute(instance.db);
});

test('another address is the account’s once the link that was mailed to it is opened; the old one gets a notice, twice', async () => {
  const { email, cookie, slug } = await person('moving');
  const ask = (to: string, currentPassword = PASSWORD) => call('POST', '/email', cookie, { email: to, currentPassword });
  assert.equal((await ask('moved@example.com', 'wrong')).json.field, 'currentPassword');
  assert.equal((await ask(email)).json.field, 'email');
  assert.equal((await ask('Typo@example.com')).status, 202);
  const typo = await mailedToken('typo@example.com');
  assert.equal((await ask('Moved@example.com')).status, 202);
  const confirm = (token: string) => instance.call('POST', '/api/account-links/confirm-email', { body: { token } });
  assert.equal((await confirm(typo)).status, 403, 'the former link is over');
  assert.equal((await call('GET', '', cookie)).json.newEmail.email, 'moved@example.com');
  const token = await mailedToken('moved@example.com');
  assert.equal((await instance.call('POST', '/api/account-links/look-up', { body: { token } })).json.action, 'change-email');
  const asReset = await instance.call('POST', '/api/account-links/use', { body: { token, name: 'E', password: OTHER_PASSWORD } });
  assert.equal(asReset.json.code, 'account_link_invalid', 'it sets no password');
  assert.equal((await call('GET', '', cookie)).json.email, email, 'not before');
  const answers = await Promise.all([confirm(token), confirm(token)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403], 'once, also at the same moment');
  assert.equal((await call('GET', '', cookie)).json.email, 'moved@example.com');
  await signIn(instance, 'moved@example.com');
  await assert.rejects(signIn(instance, email));
  assert.deepEqual((await mailsTo(email)).sort(), ['email-asked', 'email-asked', 'email-changed']);
  const newest = (await recorded(slug, cookie)).find(({ action }) => action === 'account.change-email');
  assert.deepEqual(newest?.detail, { from: email, to: 'moved@example.com' });
});

test('a link for another address sets no other address, is cancelled, and takes no address that an account has', async () => {
  const { cookie } = await person('crowded');
  const taken = await person('taken');
  const ask = await call('POST', '/email', cookie, { email: taken.email, currentPassword: PASSWORD });
  assert.equal(ask.status, 202, 'it does not say that there is such an account');
  const token = await mailedToken(taken.email);
  const confirm = () => instance.call('POST', '/api/account-links/confirm-email', { body: { token } });
  assert.equal((await confirm()).json.code, 'name_taken');
  assert.equal((await call('DELETE', '/email', cookie)).status, 204);
  assert.equal((await confirm()).json.code, 'account_link_invalid');
  assert.equal((await call('DELETE', '/email', cookie)).status, 404);
});

test('another address that was asked for with the former password is over once the password is another, however it is set', async () => {
  const use = (token: string) => instance.call('POST', '/api/account-links/use', { body: { token, password: OTHER_PASSWORD } });
  const ways: Record<string, (email: string, cookie: string) => Promise<Reply>> = {
    changed: (_email, cookie) => call('POST', '/password', cookie, { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD }),
    mailed: async (email) => {
      await askForReset(email);
      return use(await mailedToken(email));
    },
    operator: async (email) => use(await operatorLink(instance, email)),
  };
  for (const [way, setAnother] of Object.entries(ways)) {
    const { email, cookie } = await person(`password-${way}`);
    const stranger = `stranger-${way}@example.com`;
    assert.equal((await call('POST', '/email', await signIn(instance, email), { email: stranger, currentPassword: PASSWORD })).status, 202);
    const token = await mailedToken(stranger);
    assert.equal((await setAnother(email, cookie)).status, 200, way);
    const confirmed = await instance.call('POST', '/api/account-links/confirm-email', { body: { token } });
    assert.equal(confirmed.json.code, 'account_link_invalid', `${way}: ${confirmed.text}`);
    const account = (await call('GET', '', await signIn(instance, email, OTHER_PASSWORD))).json;
    assert.deepEqual([account.email, account.newEmail], [email, null], way);
  }
});

const askForReset = (email: string, instanceOf = instance) => instanceOf.call('POST', '/api/account/password-reset', { body: { email } });

test('a link for a new password works once, ends every session, and answers the same for an address without an account', async () => {
  const { email, cookie, slug } = await person('forgetful');
  const [known, unknown] = [await askForReset(email.toUpperCase()), await askForReset('nobody@example.com')];
  assert.equal(known.status, 202);
  assert.deepEqual([known.status, known.json], [unknown.status, unknown.json]);
  const token = await mailedToken(email);
  const looked = await instance.call('POST', '/api/account-links/look-up', { body: { token } });
  assert.equal(looked.json.action, 'reset');
  const left = Date.parse(looked.json.expiresAt) - Date.now();
  assert.ok(left > 28 * 60_000 && left <= 30 * 60_000, `${left} ms`);
  const use = () => instance.call('POST', '/api/account-links/use', { body: { token, password: OTHER_PASSWORD } });
  const answers = await Promise.all([use(), use()]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403], 'once, also at the same moment');
  assert.ok(!(await isIn(cookie)));
  const fresh = await signIn(instance, email, OTHER_PASSWORD);
  const actions = (await recorded(slug, fresh)).map(({ action }) => action);
  assert.ok(actions.includes('account.reset-asked') && actions.includes('account.reset'), actions.join());
  const links = await instance.db.selectFrom('account_link').select('email').where('email', '=', 'nobody@example.com').execute();
  assert.equal(links.length, 0);
  assert.deepEqual(await mailsTo('nobody@example.com'), []);
});

test('whether an address has an account is looked up only after the answer', async () => {
  await using slow = await testInstance();
  await slow.db.insertInto('mail_sender').values({ sender: 'holdfast@example.com' }).execute();
  await makeAccount(slow, 'timed@example.com');
  const waiting = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*) from pg_locks where relation = 'auth."user"'::regclass and not granted`.execute(slow.db);
    return Number(rows[0]?.count) > 0;
  };
  // Whatever looks into the accounts waits here, and would keep the answer waiting.
  await slow.db.transaction().execute(async (tx) => {
    await sql`lock table auth."user" in access exclusive mode`.execute(tx);
    for (const email of ['timed@example.com', 'nobody@example.com']) {
      assert.equal((await askForReset(email, slow)).status, 202);
      await eventually('the look-up, which still waits after the answer', waiting, { everyMilliseconds: 10, withinMilliseconds: 1_000 });
    }
  });
});

test('asking again and again for one address, or from one network, ends in a wait with a remedy, alike for every address', async () => {
  await using busy = await testInstance();
  await busy.db.insertInto('mail_sender').values({ sender: 'holdfast@example.com' }).execute();
  await makeAccount(busy, 'busy@example.com');
  for (const email of ['busy@example.com', 'nobody@example.com']) {
    const statuses: number[] = [];
    for (let round = 0; round < 5; round++) statuses.push((await askForReset(email, busy)).status);
    assert.deepEqual(statuses, [202, 202, 202, 429, 429], email);
  }
  const refused = await askForReset('busy@example.com', busy);
  assert.ok(Number(refused.headers['retry-after']) > 30 && /mails that were sent already/.test(refused.json.remedy), refused.text);
  const statuses = new Set<number>();
  for (let round = 0; round < 40; round++) statuses.add((await askForReset(`somebody-${round}@example.com`, busy)).status);
  assert.ok(statuses.has(429), 'many addresses from one network');
});

test('without mail the answer names the operator’s command, for a new password and for another address', async () => {
  await using silent = await testInstance();
  const cookie = await makeAccount(silent, 'ada@example.com');
  assert.equal((await silent.call('GET', '/api/instance')).json.sendsMail, false);
  const reset = await askForReset('ada@example.com', silent);
  assert.deepEqual([reset.status, reset.json.code], [409, 'mail_not_set_up']);
  assert.match(reset.json.remedy, /holdfast account reset ada@example\.com/);
  const change = await silent.call('POST', '/api/account/email', {
    ...as(cookie),
    body: { email: 'b@example.com', currentPassword: PASSWORD },
  });
  assert.match(change.json.remedy, /holdfast account change-email ada@example\.com b@example\.com/);
});

test('a token neither looks at nor changes the account of its holder', async () => {
  const { cookie, slug } = await person('tokens');
  const { token } = (await instance.call('POST', `/api/organizations/${slug}/tokens`, { ...as(cookie), body: { name: 'CI' } })).json;
  const cases: [string, string, unknown?][] = [
    ['GET', ''],
    ['PATCH', '', { name: 'N' }],
    ['POST', '/password', { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD }],
    ['POST', '/email', { email: 'x@example.com', currentPassword: PASSWORD }],
    ['DELETE', '/email'],
    ['GET', '/sessions'],
    ['DELETE', `/sessions/${uuidv7()}`],
    ['POST', '/sessions/end-others'],
    ['GET', '/devices'],
    ['DELETE', `/devices/${uuidv7()}`],
  ];
  for (const [method, path, body] of cases) {
    const reply = await instance.call(method, `/api/account${path}`, { token, ...(body === undefined ? {} : { body }) });
    assert.deepEqual([reply.status, reply.json.code], [403, 'forbidden'], `${method} ${path}: ${reply.text}`);
  }
});

test('what a former password began does nothing once the password is reset: signing in, a new password, another address', async () => {
  const { id, email, cookie } = await person('raced');
  const row = await instance.db.selectFrom('auth.account').select('password').where('userId', '=', id).executeTakeFirstOrThrow();
  const reset = await hashPassword(OTHER_PASSWORD);
  const begun: Readonly<Record<string, () => Promise<Reply>>> = {
    'signing in': () =>
      instance.call('POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD }, headers: { origin: PUBLIC_URL } }),
    'a new password': () => call('POST', '/password', cookie, { currentPassword: PASSWORD, newPassword: 'a third horse, a third battery' }),
    'another address': () => call('POST', '/email', cookie, { currentPassword: PASSWORD, email: 'thief@example.com' }),
  };
  const holder = connect(instance.ownerUrl, { name: 'holder', maximumConnections: 1 });
  try {
    for (const [what, begin] of Object.entries(begun)) {
      await instance.db.updateTable('auth.account').set({ password: row.password }).where('userId', '=', id).execute();
      const sessions = () => instance.db.selectFrom('auth.session').select('id').where('userId', '=', id).execute();
      const before = (await sessions()).length;
      let under: Promise<Reply> | undefined;
      await transaction(holder, async (tx) => {
        await tx.updateTable('auth.account').set({ password: reset }).where('userId', '=', id).execute();
        under = begin();
        await eventually('it waits for the reset', async () => {
          const { rows } = await sql<{ waiting: number }>`select count(*)::integer as waiting from pg_stat_activity
            where wait_event_type = 'Lock' and datname = current_database()`.execute(instance.db);
          return (rows[0]?.waiting ?? 0) > 0;
        });
      });
      const reply = await under;
      assert.deepEqual([reply?.status, reply?.json.code], [401, 'invalid_credentials'], what);
      assert.equal(reply?.headers['set-cookie'], undefined, what);
      assert.equal((await sessions()).length, before, what);
      const now = await instance.db.selectFrom('auth.account').select('password').where('userId', '=', id).executeTakeFirstOrThrow();
      assert.equal(now.password, reset, what);
    }
  } finally {
    await holder.destroy();
  }
  assert.deepEqual(await instance.db.selectFrom('account_link').select('id').where('user_id', '=', id).execute(), []);
});

test('a link for a new password that went to a former address opens nothing', async () => {
  const { id, email } = await person('moved');
  await askForReset(email);
  const token = await mailedToken(email);
  await instance.db.updateTable('auth.user').set({ email: 'moved-on@example.com' }).where('id', '=', id).execute();
  const used = await instance.call('POST', '/api/account-links/use', { body: { token, password: OTHER_PASSWORD } });
  assert.deepEqual([used.status, used.json.code], [403, 'account_link_invalid']);
});
