import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { newToken } from '@holdfast/api';
import { sql } from 'kysely';
import { eventually } from '../../../tests/harness/eventually.ts';
import {
  makeAccount,
  operatorLink,
  PASSWORD,
  PUBLIC_URL,
  type TestInstance,
  type TestOrganization,
  testInstance,
} from '../../testing/instance.ts';

let instance: TestInstance;
let organization: TestOrganization;
let number = 0;
before(async () => {
  instance = await testInstance();
});
after(() => instance[Symbol.asyncDispose]());
beforeEach(async () => {
  organization = await instance.addOrganization(`organization-${++number}`);
});

const makeOrganization = (cookie: string, slug: string) =>
  instance.call('POST', '/api/organizations', { ...session(cookie), body: { name: slug, slug } });
const path = (rest: string) => `/api/organizations/${organization.slug}/${rest}`;
const invite = (token: string, email: string, role: string) => instance.call('POST', path('invitations'), { token, body: { email, role } });
const session = (cookie: string) => ({ headers: { cookie, origin: PUBLIC_URL } });
const accept = (id: string, cookie: string) => instance.call('POST', `/api/invitations/${id}/accept`, session(cookie));
const own = async (cookie: string) => (await instance.call('GET', '/api/invitations', session(cookie))).json.items;

test('a person who proved the invited address sees the invitation, and is a member with that role once it is accepted', async () => {
  const invited = await invite(organization.owner.token, 'New@example.com', 'editor');
  assert.equal(invited.status, 201, invited.text);
  const { id, expiresAt } = invited.json;
  const cookie = await makeAccount(instance, 'new@example.com');
  const expected = { id, organization: organization.slug, role: 'editor', invitedBy: 'owner', expiresAt };
  assert.deepEqual(await own(cookie), [expected]);
  const joined = await accept(id, cookie);
  assert.equal(joined.status, 200, joined.text);
  const { json } = await instance.call('GET', '/api/session', session(cookie));
  assert.deepEqual(json.organizations, [
    { id: organization.id, name: organization.slug, slug: organization.slug, role: 'editor', onlyOwner: false, deletesAt: null },
  ]);
  assert.deepEqual(await own(cookie), []);
  assert.equal((await accept(id, cookie)).json.code, 'invitation_invalid', 'it is accepted once');
});

test('an invitation answers the same for an address with an account and for one without, and holds nothing that makes one', async () => {
  await makeAccount(instance, 'known@example.com');
  const [known, unknown] = await Promise.all(
    ['known', 'unknown'].map((who) => invite(organization.owner.token, `${who}@example.com`, 'viewer')),
  );
  const shape = (reply: typeof known) => ({ ...reply?.json, id: '', email: '', expiresAt: '' });
  assert.deepEqual(shape(known), shape(unknown));
  assert.deepEqual(Object.keys(unknown?.json).sort(), ['delivery', 'email', 'expiresAt', 'id', 'role']);
  assert.equal(unknown?.json.delivery, 'operator');
  const listed = await instance.call('GET', path('invitations'), { token: organization.owner.token });
  const [one, other] = listed.json.items.map((item: object) => ({ ...item, id: '', email: '', createdAt: '', expiresAt: '' }));
  assert.deepEqual(one, other);
  assert.equal((await instance.db.selectFrom('account_link').select('id').execute()).length, 0);
});

test('the maker of an organization cannot take an address by inviting it: what the invitation answers is good for nothing', async () => {
  const eve = await makeAccount(instance, 'eve@example.com');
  const made = await instance.call('POST', '/api/organizations', { ...session(eve), body: { name: 'Evil', slug: 'evil' } });
  assert.equal(made.status, 201, made.text);
  const invited = await instance.call('POST', '/api/organizations/evil/invitations', {
    ...session(eve),
    body: { email: 'victim@example.com', role: 'viewer' },
  });
  for (const token of [invited.json.id, invited.json.token, newToken('account'), undefined]) {
    const body = { token, name: 'Eve', password: PASSWORD };
    assert.ok([400, 403].includes((await instance.call('POST', '/api/account-links/use', { body })).status));
    assert.ok([400, 403].includes((await instance.call('POST', '/api/account-links/look-up', { body: { token } })).status));
  }
  assert.equal((await accept(invited.json.id, eve)).status, 403, 'an invitation of somebody else');
  assert.deepEqual(await own(eve), []);
  const victims = await instance.db.selectFrom('auth.user').select('id').where('email', '=', 'victim@example.com').execute();
  assert.equal(victims.length, 0);
});

test('an account whose address was not proved sees and takes no invitation', async () => {
  const cookie = await makeAccount(instance, 'unproved@example.com');
  const { id } = (await invite(organization.owner.token, 'unproved@example.com', 'admin')).json;
  const prove = (emailVerified: boolean) =>
    instance.db.updateTable('auth.user').set({ emailVerified }).where('email', '=', 'unproved@example.com').execute();
  await prove(false);
  assert.deepEqual(await own(cookie), []);
  assert.equal((await accept(id, cookie)).json.code, 'invitation_invalid');
  assert.equal((await instance.call('DELETE', `/api/invitations/${id}`, session(cookie))).status, 403);
  await prove(true);
  assert.equal((await accept(id, cookie)).status, 200);
});

test('an invitation is accepted from our own pages alone, and by no token', async () => {
  const cookie = await makeAccount(instance, 'careful@example.com');
  const { id } = (await invite(organization.owner.token, 'careful@example.com', 'viewer')).json;
  assert.equal((await instance.call('POST', `/api/invitations/${id}/accept`, { headers: { cookie } })).status, 403);
  await makeOrganization(cookie, 'of-careful');
  const made = await instance.call('POST', '/api/organizations/of-careful/tokens', { ...session(cookie), body: { name: 'CI' } });
  assert.equal((await instance.call('POST', `/api/invitations/${id}/accept`, { token: made.json.token })).status, 403);
  assert.deepEqual((await instance.call('GET', '/api/invitations', { token: made.json.token })).json.items, []);
});

test('nothing of the role, the organization or the person can be slipped into accepting', async () => {
  const cookie = await makeAccount(instance, 'modest@example.com');
  const { id } = (await invite(organization.owner.token, 'modest@example.com', 'viewer')).json;
  for (const more of [{ role: 'owner' }, { organizationId: organization.id }, { userId: organization.owner.userId }]) {
    const reply = await instance.call('POST', `/api/invitations/${id}/accept`, { ...session(cookie), body: more });
    assert.equal(reply.status, 400, reply.text);
    const link = { token: await operatorLink(instance, 'other@example.com'), name: 'O', password: PASSWORD, ...more };
    assert.equal((await instance.call('POST', '/api/account-links/use', { body: link })).status, 400);
  }
  assert.equal((await accept(id, cookie)).status, 200);
});

test('of two acceptances at the same moment, one joins', async () => {
  const cookie = await makeAccount(instance, 'twice@example.com');
  const { id } = (await invite(organization.owner.token, 'twice@example.com', 'viewer')).json;
  const replies = await Promise.all([1, 2].map(() => accept(id, cookie)));
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 403]);
});

test('an invitation that is declined is gone, and on record', async () => {
  const cookie = await makeAccount(instance, 'declining@example.com');
  const { id } = (await invite(organization.owner.token, 'declining@example.com', 'viewer')).json;
  assert.equal((await instance.call('DELETE', `/api/invitations/${id}`, session(cookie))).status, 204);
  assert.equal((await accept(id, cookie)).status, 403);
  const audit = await instance.call('GET', path('audit'), { token: organization.owner.token });
  assert.equal(audit.json.items[0].action, 'member.decline-invitation');
});

test('an invitation ends when it expires, when it is withdrawn, and when its inviter may invite no more', async () => {
  const admin = await instance.addMember(organization, 'admin');
  const cookie = await makeAccount(instance, 'invited@example.com');
  const inviteThem = async () => (await invite(admin.token, 'invited@example.com', 'viewer')).json.id;
  const expired = await inviteThem();
  await instance.db
    .updateTable('auth.invitation')
    .set({ expiresAt: new Date(Date.now() - 1) })
    .where('id', '=', expired)
    .execute();
  assert.equal((await accept(expired, cookie)).status, 403);

  const withdrawn = await inviteThem();
  assert.equal((await instance.call('DELETE', path(`invitations/${withdrawn}`), { token: admin.token })).status, 204);
  assert.equal((await accept(withdrawn, cookie)).status, 403);

  const orphaned = await inviteThem();
  await instance.call('PATCH', path(`members/${admin.memberId}`), { token: organization.owner.token, body: { role: 'editor' } });
  assert.equal((await accept(orphaned, cookie)).status, 403);
});

test('an admin makes, changes and removes no owner', async () => {
  const admin = await instance.addMember(organization, 'admin');
  const viewer = await instance.addMember(organization, 'viewer');
  const change = (memberId: string, role: string) =>
    instance.call('PATCH', path(`members/${memberId}`), { token: admin.token, body: { role } });
  assert.equal((await change(organization.owner.memberId, 'viewer')).status, 403);
  assert.equal((await change(admin.memberId, 'owner')).status, 403);
  assert.equal((await change(viewer.memberId, 'owner')).status, 403);
  assert.equal((await instance.call('DELETE', path(`members/${organization.owner.memberId}`), { token: admin.token })).status, 403);
  assert.equal((await invite(admin.token, 'boss@example.com', 'owner')).status, 403);
  assert.equal((await change(viewer.memberId, 'editor')).status, 204);
});

test('the last owner stays, even when two owners leave at the same moment', async () => {
  const { token, memberId } = organization.owner;
  const alone = await instance.call('DELETE', path(`members/${memberId}`), { token });
  assert.equal(alone.json.code, 'last_owner');
  const second = await instance.addMember(organization, 'owner');
  const replies = await Promise.all([
    instance.call('PATCH', path(`members/${memberId}`), { token, body: { role: 'admin' } }),
    instance.call('PATCH', path(`members/${second.memberId}`), { token: second.token, body: { role: 'admin' } }),
  ]);
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [204, 409]);
});

test('a removed member’s tokens, sessions and ownership of secrets go at once', async () => {
  const cookie = await makeAccount(instance, 'leaving@example.com');
  await accept((await invite(organization.owner.token, 'leaving@example.com', 'admin')).json.id, cookie);
  const made = await instance.call('POST', path('tokens'), { body: { name: 'CI' }, headers: { cookie, origin: PUBLIC_URL } });
  const members = await instance.call('GET', path('members'), { token: organization.owner.token });
  const { id } = members.json.items.find((member: { email: string }) => member.email === 'leaving@example.com');
  assert.equal((await instance.call('DELETE', path(`members/${id}`), { token: organization.owner.token })).status, 204);
  assert.equal((await instance.call('GET', '/api/session', { headers: { cookie } })).status, 401);
  assert.equal((await instance.call('GET', path('secrets'), { token: made.json.token })).status, 401);
});

test('a token that is made while its member is removed is not there afterwards', async () => {
  const member = await instance.addMember(organization, 'editor');
  // The first event makes the head that is locked below.
  assert.equal((await invite(organization.owner.token, 'somebody@example.com', 'viewer')).status, 201);
  const waiting = async (count: number) => {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(instance.db);
    return rows.length === count;
  };
  const [removing, making] = await instance.db.transaction().execute(async (tx) => {
    // All that records something waits here.
    await sql`select from audit_head where organization_id = ${organization.id} for update`.execute(tx);
    const first = instance.call('DELETE', path(`members/${member.memberId}`), { token: organization.owner.token });
    await eventually('the removal waits', () => waiting(1), { everyMilliseconds: 10 });
    const second = instance.call('POST', path('tokens'), { token: member.token, body: { name: 'kept' } });
    await eventually('the new token waits, too', () => waiting(2), { everyMilliseconds: 10 });
    return [first, second];
  });
  assert.equal((await removing).status, 204);
  assert.equal((await making).json.code, 'forbidden');
  const left = await instance.db.selectFrom('access_token').select('name').where('member_user_id', '=', member.userId).execute();
  assert.deepEqual(left, []);
});

test('a member is invited once, and a member not at all', async () => {
  const { token } = organization.owner;
  assert.equal((await invite(token, 'once@example.com', 'viewer')).status, 201);
  assert.equal((await invite(token, 'ONCE@example.com', 'viewer')).json.code, 'name_taken');
  const member = await instance.addMember(organization, 'viewer');
  assert.equal((await invite(token, member.email, 'viewer')).json.code, 'name_taken');
});

test('an organization may have more than a hundred members', async () => {
  for (let round = 0; round < 101; round++) await instance.addMember(organization, 'viewer');
  const cookie = await makeAccount(instance, 'hundred-and-third@example.com');
  const { id } = (await invite(organization.owner.token, 'hundred-and-third@example.com', 'viewer')).json;
  assert.equal((await accept(id, cookie)).status, 200);
  const members = await instance.call('GET', path('members'), { token: organization.owner.token });
  assert.equal(members.json.items.length, 103);
});

test('nobody sees the tokens of somebody else', async () => {
  const admin = await instance.addMember(organization, 'admin');
  const made = await instance.call('POST', path('tokens'), { token: admin.token, body: { name: 'mine' } });
  const listed = await instance.call('GET', path('tokens'), { token: organization.owner.token });
  assert.ok(!listed.text.includes(made.json.id));
  assert.ok(!(await instance.call('GET', path('tokens'), { token: admin.token })).text.includes(made.json.token));
  assert.equal((await instance.call('DELETE', path(`tokens/${made.json.id}`), { token: organization.owner.token })).status, 404);
});

test('every role can leave, saying which organization; the only owner cannot, and learns so beforehand', async () => {
  const leave = (token: string, confirm = organization.slug) => instance.call('POST', path('leave'), { token, body: { confirm } });
  const own = async (token: string) => (await instance.call('GET', '/api/session', { token })).json.organizations[0];
  assert.equal((await own(organization.owner.token)).onlyOwner, true);
  assert.equal((await leave(organization.owner.token)).json.code, 'last_owner');
  for (const role of ['viewer', 'editor', 'admin', 'owner'] as const) {
    const member = await instance.addMember(organization, role);
    assert.equal((await own(member.token)).onlyOwner, false);
    assert.equal((await leave(member.token, 'another')).json.field, 'confirm');
    assert.equal((await leave(member.token)).status, 204, role);
    assert.equal((await instance.call('GET', path('overview'), { token: member.token })).status, 401, 'the token ends with it');
    const audit = await instance.call('GET', path('audit'), { token: organization.owner.token });
    assert.deepEqual([audit.json.items[0].action, audit.json.items[0].detail.role], ['member.leave', role]);
  }
});
