import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newToken } from '@holdfast/api';
import { hashToken } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { makeAccount, operatorLink, PASSWORD, PUBLIC_URL, signIn, type TestInstance, testInstance } from '../../testing/instance.ts';

const OTHER_PASSWORD = 'another horse, another battery';
let instance: TestInstance;
before(async () => {
  instance = await testInstance();
});
after(() => instance[Symbol.asyncDispose]());

const lookUp = (token: string) => instance.call('POST', '/api/account-links/look-up', { body: { token } });
const use = (token: string, body: object = { name: 'New', password: PASSWORD }) =>
  instance.call('POST', '/api/account-links/use', { body: { token, ...body } });

/**
 * The link that a mailed invitation of the organization holds, with its token as the data plane would make
 * it.
 */
async function mailedLink(email: string, organization: { id: string; owner: { userId: string } }): Promise<string> {
  const invitationId = uuidv7();
  const expires = new Date(Date.now() + 3_600_000);
  await instance.db
    .insertInto('auth.invitation')
    .values({
      id: invitationId,
      organizationId: organization.id,
      email,
      role: 'viewer',
      status: 'pending',
      expiresAt: expires,
      inviterId: organization.owner.userId,
    })
    .execute();
  const token = newToken('account');
  await instance.db
    .insertInto('account_link')
    .values({
      id: uuidv7(),
      purpose: 'invitation',
      email,
      invitation_id: invitationId,
      user_id: null,
      token_hash: hashToken(token),
      expires_at: expires,
    })
    .execute();
  return token;
}

test('a link makes the account of its address once, with the name and password that its holder chooses', async () => {
  const token = await operatorLink(instance, 'new@example.com');
  const looked = await lookUp(token);
  assert.deepEqual([looked.json.email, looked.json.action], ['new@example.com', 'create']);
  assert.equal((await use(token, { password: PASSWORD })).json.field, 'name');
  assert.equal((await use(token, { name: 'N', password: 'short' })).json.field, 'password');
  assert.equal((await use(token)).status, 200);
  await signIn(instance, 'new@example.com');
  assert.equal((await use(token)).json.code, 'account_link_invalid');
  assert.equal((await lookUp(token)).json.code, 'account_link_invalid');
});

test('of two who use a link at the same moment, one does', async () => {
  const token = await operatorLink(instance, 'twice@example.com');
  const replies = await Promise.all([use(token), use(token)]);
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
});

test('the operator’s link sets a new password, ends every session and known device, and is on record', async () => {
  const organization = await instance.addOrganization('resetting');
  const cookie = await makeAccount(instance, 'forgetful@example.com');
  await instance.db
    .updateTable('auth.member')
    .set({ userId: (await instance.call('GET', '/api/session', { headers: { cookie } })).json.user.id })
    .where('id', '=', organization.owner.memberId)
    .execute();
  const token = await operatorLink(instance, 'forgetful@example.com');
  const spare = await operatorLink(instance, 'forgetful@example.com');
  assert.equal((await lookUp(token)).json.action, 'reset');
  assert.equal((await use(token, { password: OTHER_PASSWORD })).status, 200);
  assert.equal((await instance.call('GET', '/api/session', { headers: { cookie } })).status, 401);
  await assert.rejects(signIn(instance, 'forgetful@example.com', PASSWORD));
  const fresh = await signIn(instance, 'forgetful@example.com', OTHER_PASSWORD);
  assert.equal((await use(spare, { password: PASSWORD })).status, 403, 'other links of the operator end with it');
  const audit = await instance.call('GET', '/api/organizations/resetting/audit', { headers: { cookie: fresh } });
  assert.ok(
    audit.json.items.some(({ action }: { action: string }) => action === 'account.reset'),
    audit.text,
  );
});

test('a link that an invitation sent out makes an account, and never touches one that exists', async () => {
  const organization = await instance.addOrganization('mailing');
  const token = await mailedLink('mailed@example.com', organization);
  assert.equal((await lookUp(token)).json.action, 'create');
  await makeAccount(instance, 'mailed@example.com');
  assert.equal((await lookUp(token)).json.action, 'sign-in');
  assert.equal((await use(token, { name: 'Eve', password: OTHER_PASSWORD })).status, 409);
  await signIn(instance, 'mailed@example.com', PASSWORD);
});

test('a mailed link ends with its invitation, and a link without a token yet is nobody’s', async () => {
  const organization = await instance.addOrganization('withdrawing');
  const token = await mailedLink('withdrawn@example.com', organization);
  const listed = await instance.call('GET', '/api/organizations/withdrawing/invitations', { token: organization.owner.token });
  const withdraw = `/api/organizations/withdrawing/invitations/${listed.json.items[0].id}`;
  assert.equal((await instance.call('DELETE', withdraw, { token: organization.owner.token })).status, 204);
  assert.equal((await use(token)).json.code, 'account_link_invalid');
});

test('a link that has expired, is mistyped or is of another kind is refused with one and the same answer', async () => {
  const expired = await operatorLink(instance, 'late@example.com');
  await instance.db
    .updateTable('account_link')
    .set({ expires_at: new Date(Date.now() - 1) })
    .where('email', '=', 'late@example.com')
    .execute();
  const answers = await Promise.all([expired, `${expired}x`, newToken('account'), newToken('setup'), ''].map((token) => use(token)));
  const visible = answers.map(({ status, text }) => `${status} ${text.replace(/"requestId":"[^"]*"/, '')}`);
  assert.equal(new Set(visible).size, 1);
  assert.match(visible[0] ?? '', /^403 .*account_link_invalid/);
});

test('with mail set up, an invitation puts a mail into the queue that holds no token, alike for every address', async () => {
  const organization = await instance.addOrganization('with-mail');
  await instance.db.insertInto('mail_sender').values({ sender: 'holdfast@example.com' }).execute();
  await makeAccount(instance, 'here@example.com');
  for (const email of ['here@example.com', 'nowhere@example.com']) {
    const body = { email, role: 'viewer' };
    const reply = await instance.call('POST', '/api/organizations/with-mail/invitations', { token: organization.owner.token, body });
    assert.equal(reply.json.delivery, 'mail', reply.text);
  }
  const links = await instance.db.selectFrom('account_link').selectAll().where('invitation_id', 'is not', null).execute();
  const ours = links.filter(({ email }) => /^(?:here|nowhere)@/.test(email));
  assert.deepEqual(
    ours.map(({ token_hash }) => token_hash),
    [null, null],
  );
  const mails = await instance.db.selectFrom('invitation_mail').selectAll().where('organization_id', '=', organization.id).execute();
  assert.deepEqual(mails.map(({ recipient, console_url }) => [recipient, console_url]).sort(), [
    ['here@example.com', PUBLIC_URL],
    ['nowhere@example.com', PUBLIC_URL],
  ]);
  const listed = await instance.call('GET', '/api/organizations/with-mail/invitations', { token: organization.owner.token });
  assert.deepEqual(
    listed.json.items.map(({ mail }: { mail: object }) => mail),
    [
      { sentAt: null, failure: null },
      { sentAt: null, failure: null },
    ],
  );
  await instance.db.deleteFrom('mail_sender').execute();
});

test('a person, and an organization, has so many invitations mailed in a day, also when they are withdrawn and made again', async () => {
  const organization = await instance.addOrganization('eager');
  const other = await instance.addOrganization('eager-too');
  const admin = await instance.addMember(organization, 'admin');
  await instance.db.insertInto('mail_sender').values({ sender: 'holdfast@example.com' }).execute();
  const invite = async (token: string, email: string, slug = 'eager') => {
    const reply = await instance.call('POST', `/api/organizations/${slug}/invitations`, { token, body: { email, role: 'viewer' } });
    if (reply.status === 201) await instance.call('DELETE', `/api/organizations/${slug}/invitations/${reply.json.id}`, { token });
    return reply;
  };
  const had = (organizationId: string, userId: string, mails: number) =>
    instance.db
      .updateTable('invitation_count')
      .set({ mails })
      .where('organization_id', '=', organizationId)
      .where('user_id', '=', userId)
      .execute();
  assert.equal((await invite(admin.token, 'a@example.com')).status, 201);
  await had(organization.id, admin.userId, 49);
  assert.equal((await invite(admin.token, 'a@example.com')).status, 201);
  const refused = await invite(admin.token, 'b@example.com');
  assert.deepEqual([refused.status, refused.json.code], [429, 'rate_limited'], refused.text);
  assert.ok(Number(refused.headers['retry-after']) > 0 && Number(refused.headers['retry-after']) <= 86_400);
  assert.match(refused.json.remedy, /holdfast account link/);
  assert.equal((await invite(organization.owner.token, 'c@example.com')).status, 201, 'another person may');
  await had(organization.id, organization.owner.userId, 49);
  assert.equal((await invite(organization.owner.token, 'd@example.com')).status, 201);
  const third = await instance.addMember(organization, 'admin');
  assert.equal((await invite(third.token, 'e@example.com')).status, 429, 'of the organization');
  await instance.db.updateTable('invitation_count').set({ day: '2000-01-01' }).where('organization_id', '=', organization.id).execute();
  assert.equal((await invite(third.token, 'e@example.com')).status, 201, 'the next day');
  const mailed = await Promise.all(Array.from({ length: 4 }, (_, each) => invite(other.owner.token, `f${each}@example.com`, 'eager-too')));
  assert.deepEqual(
    mailed.map(({ status }) => status),
    [201, 201, 201, 201],
  );
  const { mails } = await instance.db
    .selectFrom('invitation_count')
    .select('mails')
    .where('organization_id', '=', other.id)
    .executeTakeFirstOrThrow();
  assert.equal(mails, 4, 'counted side by side');
  await instance.db.deleteFrom('mail_sender').execute();
});
