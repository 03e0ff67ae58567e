import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { PASSWORD, PUBLIC_URL, signIn, type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';

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

const path = (rest: string) => `/api/organizations/${organization.slug}/${rest}`;
const invite = (token: string, email: string, role: string) => instance.call('POST', path('invitations'), { token, body: { email, role } });
const accept = (body: unknown, headers: Record<string, string> = {}) => instance.call('POST', '/api/invitations/accept', { body, headers });

test('somebody who is invited makes an account and is a member with that role', async () => {
  const invited = await invite(organization.owner.token, 'New@example.com', 'editor');
  assert.equal(invited.status, 201, invited.text);
  const { token } = invited.json;
  const looked = await instance.call('POST', '/api/invitations/look-up', { body: { token } });
  assert.deepEqual(looked.json, {
    email: 'new@example.com',
    role: 'editor',
    organization: organization.slug,
    invitedBy: 'owner',
    hasAccount: false,
  });

  const joined = await accept({ token, name: 'New', password: PASSWORD });
  assert.equal(joined.status, 200, joined.text);
  const cookie = await signIn(instance, 'new@example.com');
  const session = await instance.call('GET', '/api/session', { headers: { cookie } });
  assert.deepEqual(session.json.organizations, [{ id: organization.id, name: organization.slug, slug: organization.slug, role: 'editor' }]);
  assert.equal((await accept({ token, name: 'Again', password: PASSWORD })).json.code, 'invitation_invalid', 'a link works once');
});

test('of two who accept the same link at the same moment, one joins', async () => {
  const { token } = (await invite(organization.owner.token, 'twice@example.com', 'viewer')).json;
  const replies = await Promise.all([1, 2].map(() => accept({ token, name: 'Twice', password: PASSWORD })));
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 403]);
});

test('an account joins only when it is itself signed in', async () => {
  const first = (await invite(organization.owner.token, 'known@example.com', 'viewer')).json.token;
  await accept({ token: first, name: 'Known', password: PASSWORD });
  organization = await instance.addOrganization('second-organization');
  const { token } = (await invite(organization.owner.token, 'known@example.com', 'admin')).json;
  const stranger = await accept({ token, name: 'Eve', password: PASSWORD });
  assert.equal(stranger.status, 401, 'the link alone does not take over an account');
  const withToken = await accept({ token }, { authorization: `Bearer ${organization.owner.token}` });
  assert.equal(withToken.status, 403);
  const cookie = await signIn(instance, 'known@example.com');
  assert.equal((await accept({ token }, { cookie })).status, 403, 'not from another page');
  assert.equal((await accept({ token }, { cookie, origin: PUBLIC_URL })).status, 200);
});

test('an invitation ends when it expires, when it is withdrawn, and when whoever made it may invite no more', async () => {
  const admin = await instance.addMember(organization, 'admin');
  const expired = (await invite(admin.token, 'expired@example.com', 'viewer')).json;
  await instance.db
    .updateTable('auth.invitation')
    .set({ expiresAt: new Date(Date.now() - 1) })
    .where('id', '=', expired.id)
    .execute();
  assert.equal((await accept({ token: expired.token, name: 'E', password: PASSWORD })).status, 403);
  assert.equal((await invite(admin.token, 'expired@example.com', 'viewer')).status, 201, 'an expired one is in nobody’s way');

  const withdrawn = (await invite(admin.token, 'withdrawn@example.com', 'viewer')).json;
  assert.equal((await instance.call('DELETE', path(`invitations/${withdrawn.id}`), { token: admin.token })).status, 204);
  assert.equal((await accept({ token: withdrawn.token, name: 'W', password: PASSWORD })).status, 403);

  const orphaned = (await invite(admin.token, 'orphaned@example.com', 'viewer')).json;
  await instance.call('PATCH', path(`members/${admin.memberId}`), { token: organization.owner.token, body: { role: 'editor' } });
  assert.equal((await accept({ token: orphaned.token, name: 'O', password: PASSWORD })).status, 403);
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
  const { token: invitation } = (await invite(organization.owner.token, 'leaving@example.com', 'admin')).json;
  await accept({ token: invitation, name: 'Leaving', password: PASSWORD });
  const cookie = await signIn(instance, 'leaving@example.com');
  const made = await instance.call('POST', path('tokens'), { body: { name: 'CI' }, headers: { cookie, origin: PUBLIC_URL } });
  const members = await instance.call('GET', path('members'), { token: organization.owner.token });
  const { id } = members.json.items.find((member: { email: string }) => member.email === 'leaving@example.com');
  assert.equal((await instance.call('DELETE', path(`members/${id}`), { token: organization.owner.token })).status, 204);
  assert.equal((await instance.call('GET', '/api/session', { headers: { cookie } })).status, 401);
  assert.equal((await instance.call('GET', path('secrets'), { token: made.json.token })).status, 401);
});

test('a member is invited once, and whoever is a member already not at all', async () => {
  const { token } = organization.owner;
  assert.equal((await invite(token, 'once@example.com', 'viewer')).status, 201);
  assert.equal((await invite(token, 'ONCE@example.com', 'viewer')).json.code, 'name_taken');
  const member = await instance.addMember(organization, 'viewer');
  assert.equal((await invite(token, member.email, 'viewer')).json.code, 'name_taken');
});

test('an organization may have more than a hundred members', async () => {
  for (let round = 0; round < 101; round++) await instance.addMember(organization, 'viewer');
  const invited = (await invite(organization.owner.token, 'hundred-and-third@example.com', 'viewer')).json;
  assert.equal((await accept({ token: invited.token, name: 'N', password: PASSWORD })).status, 200);
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
