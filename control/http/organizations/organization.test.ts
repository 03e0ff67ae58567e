import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFixtures } from '../../testing/fixtures.ts';
import { makeAccount, PUBLIC_URL, type TestInstance, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
before(async () => {
  instance = await testInstance();
});
after(() => instance[Symbol.asyncDispose]());

const newest = async (slug: string, token: string) =>
  (await instance.call('GET', `/api/organizations/${slug}/audit`, { token })).json.items[0];

test('an owner renames the organization; its short name and its addresses stay', async () => {
  const { owner } = await instance.addOrganization('renamed');
  const rename = (name: string, more: object = {}) =>
    instance.call('PATCH', '/api/organizations/renamed', { token: owner.token, body: { name, ...more } });
  assert.equal((await rename('Renamed & Söhne ')).status, 204);
  const [organization] = (await instance.call('GET', '/api/session', { token: owner.token })).json.organizations;
  assert.deepEqual([organization.name, organization.slug], ['Renamed & Söhne', 'renamed']);
  assert.equal((await rename('R', { slug: 'other' })).status, 400, 'the short name is not to be changed');
  assert.equal((await rename('a\u200bb')).json.field, 'name');
  const event = await newest('renamed', owner.token);
  assert.deepEqual([event.action, event.detail], ['organization.rename', { from: 'renamed', to: 'Renamed & Söhne' }]);
});

test('a deletion says what it would remove, wants the name typed, shows to every member, and is cancelled by any owner', async () => {
  const { organization } = await createFixtures(instance, 'doomed');
  const { token } = organization.owner;
  const address = '/api/organizations/doomed/deletion';
  const viewer = await instance.addMember(organization, 'viewer');
  const second = await instance.addMember(organization, 'owner');
  const before = (await instance.call('GET', address, { token })).json;
  assert.equal(before.deletion, null);
  const { auditEntries, ...counts } = before.counts;
  assert.ok(auditEntries > 5);
  assert.deepEqual(counts, { secrets: 1, components: 1, workflows: 1, runs: 1, documents: 1, members: 4, tokens: 5 });
  for (const confirm of ['', 'Doomed', 'doomed!', 'DOOMED']) {
    assert.equal((await instance.call('POST', address, { token, body: { confirm } })).json.field, 'confirm', confirm);
  }
  const asked = await instance.call('POST', address, { token, body: { confirm: 'doomed' } });
  assert.equal(asked.status, 202, asked.text);
  const week = Date.parse(asked.json.deletesAt) - Date.now();
  assert.ok(Math.abs(week - 7 * 86_400_000) < 60_000, `${week} ms`);
  const seen = (await instance.call('GET', '/api/session', { token: viewer.token })).json.organizations[0];
  assert.equal(seen.deletesAt, asked.json.deletesAt);
  assert.equal((await instance.call('POST', address, { token, body: { confirm: 'doomed' } })).json.code, 'deletion_pending');
  assert.equal((await instance.call('GET', address, { token: second.token })).json.deletion.requestedBy.id, organization.owner.userId);
  const event = await newest('doomed', token);
  assert.deepEqual([event.action, event.detail], ['organization.delete', { deletesAt: asked.json.deletesAt }]);
  // Everything goes on.
  assert.equal((await instance.call('GET', '/api/organizations/doomed/secrets', { token })).json.items.length, 1);
  assert.equal((await instance.call('DELETE', address, { token: second.token })).status, 204);
  assert.equal((await instance.call('DELETE', address, { token })).status, 404);
  assert.equal((await newest('doomed', token)).action, 'organization.cancel-deletion');
  assert.equal((await instance.call('GET', '/api/session', { token: viewer.token })).json.organizations[0].deletesAt, null);
});

test('with mail set up, every owner gets a mail that the organization is to be deleted', async () => {
  const organization = await instance.addOrganization('mourned');
  const second = await instance.addMember(organization, 'owner');
  await instance.addMember(organization, 'admin');
  await instance.db.insertInto('mail_sender').values({ sender: 'holdfast@example.com' }).execute();
  await instance.call('POST', '/api/organizations/mourned/deletion', { token: second.token, body: { confirm: 'mourned' } });
  const mails = await instance.db.selectFrom('account_mail').select(['recipient', 'kind']).execute();
  assert.deepEqual(mails.map(({ recipient }) => recipient).sort(), [organization.owner.email, second.email].sort());
  await instance.db.deleteFrom('mail_sender').execute();
});

test('the short name of an organization that was deleted is not given out again', async () => {
  await instance.db.insertInto('deleted_organization').values({ id: '0199d3a0-0000-7000-8000-00000000dead', slug: 'former' }).execute();
  const cookie = await makeAccount(instance, 'heir@example.com');
  const make = (slug: string) =>
    instance.call('POST', '/api/organizations', { headers: { cookie, origin: PUBLIC_URL }, body: { name: 'Heir', slug } });
  const refused = await make('former');
  assert.deepEqual([refused.status, refused.json.code, refused.json.field], [409, 'name_taken', 'slug']);
  assert.equal((await make('heir')).status, 201);
});
