import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newAccessToken } from '@holdfast/api';
import { auditFact, connect, transaction } from '@holdfast/db';
import { trustedProxies } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import {
  cookiesOf,
  makeAccount,
  PASSWORD,
  PUBLIC_URL,
  setUpInstance,
  signIn,
  type TestInstance,
  testInstance,
} from '../../testing/instance.ts';

const EMAIL = 'ada@example.com';
let instance: TestInstance;
before(async () => {
  instance = await testInstance();
  assert.equal((await setUpInstance(instance, EMAIL)).status, 201);
});
after(() => instance[Symbol.asyncDispose]());

const attempt = (body: unknown, headers: Record<string, string> = { origin: PUBLIC_URL }) =>
  instance.call('POST', '/api/auth/sign-in/email', { body, headers });

test('signing in gives a cookie that scripts cannot read, and no token in the answer', async () => {
  const reply = await attempt({ email: 'ADA@example.com', password: PASSWORD });
  assert.equal(reply.status, 200, reply.text);
  const cookie = String(reply.headers['set-cookie']);
  assert.match(cookie, /HttpOnly/i);
  assert.match(cookie, /SameSite=Lax/i);
  const sessions = await instance.db.selectFrom('auth.session').select('token').execute();
  for (const { token } of sessions) assert.ok(!reply.text.includes(token));
});

test('over https the session’s cookie is bound to this very host', async () => {
  await using secure = await testInstance({ publicUrl: 'https://holdfast.example' });
  await setUpInstance(secure, EMAIL);
  const reply = await secure.call('POST', '/api/auth/sign-in/email', {
    body: { email: EMAIL, password: PASSWORD },
    headers: { origin: 'https://holdfast.example' },
  });
  const lines = [reply.headers['set-cookie'] ?? []].flat() as string[];
  assert.ok(lines.length > 0);
  for (const line of lines) {
    assert.match(line, /^__Host-holdfast\./);
    assert.match(line, /; Path=\/(?:;|$)/);
    assert.match(line, /; Secure/);
    assert.match(line, /; HttpOnly/);
    assert.doesNotMatch(line, /Domain/i);
  }
  const cookie = cookiesOf(reply);
  assert.equal((await secure.call('GET', '/api/session', { headers: { cookie } })).status, 200);
  const unbound = cookie.replaceAll('__Host-', '');
  for (const other of [unbound, unbound.replaceAll('holdfast.', '__Secure-holdfast.')]) {
    assert.equal(
      (await secure.call('GET', '/api/session', { headers: { cookie: other } })).status,
      401,
      'a cookie of another name is none',
    );
  }
  const signOut = await secure.call('POST', '/api/auth/sign-out', {
    headers: { cookie, origin: 'http://holdfast.example', host: 'holdfast.example' },
  });
  assert.equal(signOut.status, 403, 'a page of plain http does not act for one of https');
});

test('only a POST from our own pages prolongs a session, and an ended one not at all', async () => {
  const cookie = await signIn(instance, EMAIL);
  const soon = new Date(Date.now() + 3_600_000);
  const ends = async () => {
    const sessions = await instance.db.selectFrom('auth.session').select('expiresAt').orderBy('createdAt', 'desc').execute();
    return sessions[0]?.expiresAt.getTime() ?? 0;
  };
  await instance.db.updateTable('auth.session').set({ expiresAt: soon }).execute();
  const read = await instance.call('GET', '/api/session', { headers: { cookie } });
  assert.equal(read.headers['set-cookie'], undefined);
  assert.equal(await ends(), soon.getTime());
  const prolong = (headers: Record<string, string>) => instance.call('POST', '/api/auth/prolong-session', { headers });
  assert.equal((await prolong({ cookie })).status, 403);
  assert.equal((await prolong({ cookie, origin: 'https://evil.example' })).status, 403);
  assert.equal((await prolong({ origin: PUBLIC_URL })).status, 401);
  assert.equal(await ends(), soon.getTime());
  const done = await prolong({ cookie, origin: PUBLIC_URL });
  assert.equal(done.status, 204, done.text);
  assert.ok((await ends()) > soon.getTime() + 86_400_000);
  await instance.db
    .updateTable('auth.session')
    .set({ expiresAt: new Date(Date.now() - 1000) })
    .execute();
  assert.equal((await prolong({ cookie, origin: PUBLIC_URL })).status, 401);
});

test('what the session table holds is no session: a cookie without its signature is refused', async () => {
  await signIn(instance, EMAIL);
  const { token } = await instance.db.selectFrom('auth.session').select('token').limit(1).executeTakeFirstOrThrow();
  for (const cookie of [`holdfast.session_token=${token}`, `holdfast.session_token=${token}.${'A'.repeat(43)}%3D`]) {
    assert.equal((await instance.call('GET', '/api/session', { headers: { cookie } })).status, 401);
  }
});

test('a wrong password and an unknown address give the same answer', async () => {
  const wrong = await attempt({ email: EMAIL, password: 'not the password' });
  const unknown = await attempt({ email: 'nobody@example.com', password: 'not the password' });
  assert.equal(wrong.status, 401);
  const visible = (text: string) => text.replace(/"requestId":"[^"]*"/, '');
  assert.equal(visible(wrong.text), visible(unknown.text));
});

test('an unknown address takes as long as a wrong password: both are hashed', async () => {
  const timed = async (email: string) => {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      await attempt({ email: `${round}${email}`, password: 'not the password' });
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[2] ?? 0;
  };
  for (let round = 0; round < 5; round++)
    await instance.db
      .insertInto('auth.user')
      .values({ id: crypto.randomUUID(), name: 'x', email: `${round}without-password@example.com`, emailVerified: false, image: null })
      .execute();
  // Without the hash an unknown address would answer in a few milliseconds.
  const [unknown, withoutPassword] = [await timed('nobody@example.net'), await timed('without-password@example.com')];
  assert.ok(unknown > 15 && withoutPassword > 15, `${unknown} ms, ${withoutPassword} ms`);
});

test('a refused sign-in of an account is on record in its organizations', async () => {
  await attempt({ email: EMAIL, password: 'not the password' });
  for (let waited = 0; waited < 100; waited++) {
    const events = await instance.db
      .selectFrom('audit_event')
      .select('body')
      .where(auditFact('action'), '=', 'session.sign-in')
      .where(auditFact('outcome'), '=', 'refused')
      .execute();
    if (events.length > 0) {
      assert.ok(!JSON.stringify(events).includes('not the password'));
      return;
    }
    await sleep(20);
  }
  assert.fail('It was not recorded.');
});

test('signing out ends the session at once', async () => {
  const cookie = await signIn(instance, EMAIL);
  assert.equal((await instance.call('GET', '/api/session', { headers: { cookie } })).status, 200);
  const out = await instance.call('POST', '/api/auth/sign-out', { headers: { cookie, origin: PUBLIC_URL } });
  assert.equal(out.status, 204);
  assert.equal((await instance.call('GET', '/api/session', { headers: { cookie } })).status, 401);
});

test('a change by cookie must come from our own pages', async () => {
  const cookie = await signIn(instance, EMAIL);
  const create = (headers: Record<string, string>) =>
    instance.call('POST', '/api/organizations/acme/projects', { body: { name: `P ${Math.random()}` }, headers: { cookie, ...headers } });
  assert.equal((await create({ origin: PUBLIC_URL })).status, 201);
  assert.equal((await create({ origin: 'http://localhost:80', host: 'localhost' })).status, 201, 'the page came from the host it calls');
  for (const headers of [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: 'https://holdfast.test.evil.example' },
    { origin: 'https://holdfast.test' },
  ] as Record<string, string>[]) {
    const reply = await create(headers);
    assert.equal(reply.status, 403, JSON.stringify(headers));
  }
});

test('signing in from another page is refused, even when NODE_ENV says test', async () => {
  const former = process.env.NODE_ENV;
  process.env.NODE_ENV = 'test';
  const reply = await attempt({ email: EMAIL, password: PASSWORD }, { origin: 'https://evil.example' });
  process.env.NODE_ENV = former;
  assert.equal(reply.status, 403);
  assert.equal(reply.headers['set-cookie'], undefined);
});

test('no other endpoint of the account library can be reached', async () => {
  const paths = [
    'sign-up/email',
    'get-session',
    'list-sessions',
    'update-user',
    'change-password',
    'delete-user',
    'forget-password',
    'request-password-reset',
    'reset-password',
    'organization/create',
    'organization/list',
    'organization/invite-member',
    'organization/accept-invitation',
    'organization/update-member-role',
    'sign-in/social',
    'ok',
    'error',
  ];
  const cookie = await signIn(instance, EMAIL);
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      const reply = await instance.call(method, `/api/auth/${path}`, {
        headers: { cookie, origin: PUBLIC_URL, accept: 'text/html' },
        ...(method === 'POST' ? { body: {} } : {}),
      });
      assert.equal(reply.status, 404, `${method} ${path}`);
    }
  }
});

test('nothing else can be slipped into signing in', async () => {
  const reply = await attempt({ email: EMAIL, password: PASSWORD, callbackURL: 'https://evil.example', role: 'owner' });
  assert.equal(reply.status, 400);
  assert.equal((await attempt({ email: { $ne: '' }, password: PASSWORD })).status, 400);
});

test('a token is taken as Bearer or x-api-key, not both, and a bad one does not fall back to the cookie', async () => {
  const cookie = await signIn(instance, EMAIL);
  const made = await instance.call('POST', '/api/organizations/acme/tokens', {
    body: { name: 'CI' },
    headers: { cookie, origin: PUBLIC_URL },
  });
  const { token } = made.json;
  const look = (headers: Record<string, string>) => instance.call('GET', '/api/session', { headers });
  assert.equal((await look({ authorization: `Bearer ${token}` })).status, 200);
  assert.equal((await look({ 'x-api-key': token })).status, 200);
  assert.equal((await look({ authorization: `Bearer ${token}`, 'x-api-key': token })).status, 400);
  assert.equal((await look({ authorization: 'Bearer holdfast_access_wrong', cookie })).status, 401);
  assert.equal((await look({ authorization: `Basic ${token}`, cookie })).status, 401);
  await instance.db
    .updateTable('access_token')
    .set({ expires_at: new Date(Date.now() - 1000) })
    .where('id', '=', made.json.id)
    .execute();
  assert.equal((await look({ authorization: `Bearer ${token}` })).status, 401, 'expired');
});

test('a token cannot give itself a longer life, nor make an organization', async () => {
  const cookie = await signIn(instance, EMAIL);
  const first = await instance.call('POST', '/api/organizations/acme/tokens', {
    body: { name: 'short', expiresInDays: 1 },
    headers: { cookie, origin: PUBLIC_URL },
  });
  const { token } = first.json;
  const second = await instance.call('POST', '/api/organizations/acme/tokens', { token, body: { name: 'long', expiresInDays: 365 } });
  assert.equal(second.json.expiresAt, first.json.expiresAt);
  const organization = await instance.call('POST', '/api/organizations', { token, body: { name: 'B', slug: 'b' } });
  assert.equal(organization.status, 403);
});

/** However slow this machine is: what an attempt has to wait for has not gone by yet. */
const noTimeGoesBy = ({ db }: TestInstance) => sql`update holdfast.sign_in_counter set counted_at = now() + interval '1 hour'`.execute(db);

test('wrong passwords cost time, and X-Forwarded-For of somebody who is no trusted proxy changes nothing', async () => {
  const email = 'limited@example.com';
  for (let round = 0; round < 5; round++) assert.equal((await attempt({ email, password: 'wrong' })).status, 401);
  await noTimeGoesBy(instance);
  const reply = await attempt({ email, password: 'wrong' });
  assert.equal(reply.status, 429);
  assert.equal(reply.json.code, 'rate_limited');
  assert.ok(Number(reply.headers['retry-after']) > 0);
  const spoofed = await attempt({ email, password: 'wrong' }, { origin: PUBLIC_URL, 'x-forwarded-for': '203.0.113.9' });
  assert.equal(spoofed.status, 429);
});

test('a stranger does not lock the owner out: the right password passes where they signed in before, and from elsewhere after a wait', async () => {
  await using proxied = await testInstance({ trustedProxies: trustedProxies(['127.0.0.1']) });
  await setUpInstance(proxied, EMAIL);
  const from = (address: string, password: string, cookie?: string) =>
    proxied.call('POST', '/api/auth/sign-in/email', {
      body: { email: EMAIL, password },
      headers: { origin: PUBLIC_URL, 'x-forwarded-for': address, ...(cookie === undefined ? {} : { cookie }) },
    });
  const device = cookiesOf(await from('203.0.113.5', PASSWORD))
    .split('; ')
    .find((cookie) => cookie.startsWith('holdfast.device='));
  assert.ok(device !== undefined);
  for (let round = 0; round < 40; round++) await from(`198.51.100.${round}`, 'wrong');
  await noTimeGoesBy(proxied);
  const elsewhere = await from('203.0.113.6', PASSWORD);
  assert.equal(elsewhere.status, 429);
  assert.ok(Number(elsewhere.headers['retry-after']) <= 60);
  assert.equal((await from('203.0.113.5', PASSWORD, device)).status, 200);
  assert.equal((await from('203.0.113.5', 'wrong', device)).status, 401, 'it is no session, and opens nothing');
  assert.equal((await proxied.call('GET', '/api/session', { headers: { cookie: device } })).status, 401);
  assert.ok(!JSON.stringify(await proxied.db.selectFrom('known_device').selectAll().execute()).includes(device.slice(-49)));
});

test('the record names the address that a trusted proxy names, and else the connection’s', async () => {
  for (const [trusted, recorded] of [
    ['127.0.0.1', '203.0.113.7'],
    ['192.0.2.1', '127.0.0.1'],
  ] as const) {
    await using behind = await testInstance({ trustedProxies: trustedProxies([trusted]) });
    const { slug, owner } = await behind.addOrganization('behind');
    // The client's own word stands left of what the proxy adds.
    const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' };
    const made = await behind.call('POST', `/api/organizations/${slug}/projects`, {
      token: owner.token,
      headers,
      body: { name: 'Incoming' },
    });
    assert.equal(made.status, 201, made.text);
    const event = await behind.db
      .selectFrom('audit_event')
      .select('body')
      .where(auditFact('action'), '=', 'project.create')
      .executeTakeFirstOrThrow();
    assert.equal(JSON.parse(event.body).context.ip, recorded, `trusted: ${trusted}`);
  }
});

test('a token without the right checksum is refused before the database is asked', async () => {
  await using away = await testInstance();
  await sql`alter table holdfast.access_token rename to access_token_away`.execute(away.db);
  const look = (token: string) => away.call('GET', '/api/session', { token });
  const token = newAccessToken(uuidv7());
  assert.equal((await look(token)).status, 500, 'a token with its checksum is looked up');
  for (const wrong of [`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, `${token}A`, 'holdfast_access_', 'hf_x']) {
    assert.equal((await look(wrong)).status, 401);
  }
});

test('signing in again and again with the right password ends in a wait, and leaves no more on the record', async () => {
  await using busy = await testInstance();
  await setUpInstance(busy, EMAIL);
  const statuses: number[] = [];
  for (let round = 0; round < 34; round++) {
    const reply = await busy.call('POST', '/api/auth/sign-in/email', {
      body: { email: EMAIL, password: PASSWORD },
      headers: { origin: PUBLIC_URL },
    });
    statuses.push(reply.status);
    if (reply.status === 429) assert.ok(Number(reply.headers['retry-after']) > 0);
  }
  const landed = statuses.filter((status) => status === 200).length;
  assert.ok(landed >= 30 && landed < 34, `${landed} of 34`);
  const { count } = await busy.db
    .selectFrom('audit_event')
    .where(auditFact('action'), '=', 'session.sign-in')
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  assert.equal(count, landed);
  const sessions = await busy.db.selectFrom('auth.session').select('id').execute();
  assert.equal(sessions.length, landed, 'What was not recorded is no session.');
});

test('an organization whose record is held while it is deleted keeps none of its members out', async () => {
  const email = 'member-of-a-deleted-one@example.com';
  const cookie = await makeAccount(instance, email);
  const headers = { cookie, origin: PUBLIC_URL };
  for (const slug of ['goes', 'stays']) {
    assert.equal((await instance.call('POST', '/api/organizations', { headers, body: { name: slug, slug } })).status, 201);
  }
  const { id } = await instance.db.selectFrom('auth.organization').select('id').where('slug', '=', 'goes').executeTakeFirstOrThrow();
  const actor = JSON.stringify({ kind: 'system', id: null, name: 'test' });
  await sql`insert into organization_deletion (organization_id, requested_by, delete_at, begun_at)
    values (${id}, ${actor}::jsonb, now(), now())`.execute(instance.db);
  const holder = connect(instance.ownerUrl, { name: 'holder', maximumConnections: 1 });
  try {
    await transaction(holder, async (tx) => {
      await sql`select from audit_head where organization_id = ${id} for update`.execute(tx);
      const signedIn = await attempt({ email, password: PASSWORD });
      assert.equal(signedIn.status, 200, signedIn.text);
      const signedOut = await instance.call('POST', '/api/auth/sign-out', { headers: { cookie: cookiesOf(signedIn), origin: PUBLIC_URL } });
      assert.equal(signedOut.status, 204, signedOut.text);
    });
  } finally {
    await holder.destroy();
  }
  const { items } = (await instance.call('GET', '/api/organizations/stays/audit', { headers })).json;
  const actions = items.map(({ action }: { action: string }) => action);
  assert.ok(actions.includes('session.sign-in') && actions.includes('session.sign-out'), actions.join());
});
