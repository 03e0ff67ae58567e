import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { anEnvelope } from '../../testing/envelopes.ts';
import { type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let organization: TestOrganization;
let number = 0;
before(async () => {
  instance = await testInstance();
});
after(() => instance[Symbol.asyncDispose]());
beforeEach(async () => {
  organization = await instance.addOrganization(`organization-${++number}`);
  await call('PUT', 'secrets/KEY', { envelope: anEnvelope(organization.keyId), description: 'one', kind: 'other', rotationDays: 30 });
});

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  instance.call(method, `/api/organizations/${organization.slug}/${path}`, { token: organization.owner.token, body, headers });
const patch = (body: object, revision?: number | string) =>
  call('PATCH', 'secrets/KEY', body, revision === undefined ? {} : { 'if-match': String(revision) });
const revisionNow = async (): Promise<number> => (await call('GET', 'secrets/KEY')).json.metadataRevision;
const recordedFields = async () =>
  (await call('GET', 'audit?secret=KEY')).json.items.map(({ action, detail }: { action: string; detail: { fields: string[] } }) => [
    action,
    detail.fields,
  ]);

test('a change under a revision is taken, and the next one under the same revision answers what was changed by whom', async () => {
  const begun = await revisionNow();
  assert.equal((await patch({ description: 'two', expiresAt: '2030-01-31' }, begun)).status, 200);
  assert.equal(await revisionNow(), begun + 1);
  const refused = await patch({ description: 'three' }, begun);
  assert.equal(refused.status, 412, refused.text);
  assert.equal(refused.json.code, 'precondition_failed');
  assert.deepEqual(refused.json.changed, ['description', 'expiresAt']);
  assert.match(refused.json.detail, /^Changed of “KEY” meanwhile, last by .+: description, expiry\.$/);
  assert.match(refused.json.remedy, /Read the secret again/);
  assert.equal((await call('GET', 'secrets/KEY')).json.description, 'two');
  assert.equal((await patch({ description: 'three' }, `"${begun + 1}"`)).status, 200);
});

test('of changes side by side under one revision, one is taken', async () => {
  const begun = await revisionNow();
  const statuses = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (text) => (await patch({ description: text }, begun)).status));
  assert.deepEqual(statuses.sort(), [200, 412, 412, 412, 412]);
});

test('without a precondition, and with *, a change is taken as it was before', async () => {
  assert.equal((await patch({ description: 'two' })).status, 200);
  assert.equal((await patch({ description: 'three' }, '*')).status, 200);
  for (const wrong of ['x', '"0', '-1', '1.5', '', '99999999999'])
    assert.equal((await patch({ description: 'y' }, wrong)).status, 400, wrong);
  assert.equal((await patch({ description: 'four' }, 999)).status, 412);
});

test('a change that comes again has nothing left to change, whatever revision it names', async () => {
  const begun = await revisionNow();
  assert.equal((await patch({ description: 'two' }, begun)).status, 200);
  assert.equal((await patch({ description: 'two' }, begun)).status, 200);
  assert.equal(await revisionNow(), begun + 1);
  assert.deepEqual(await recordedFields(), [
    ['secret.update', ['description']],
    ['secret.create', ['description', 'rotationDays']],
  ]);
});

test('the record names only what has changed, when all of the metadata is sent too', async () => {
  const project = (await call('POST', 'projects', { name: 'Project' })).json.id;
  const whole = {
    description: 'one',
    kind: 'token',
    ownerId: null,
    scope: { kind: 'projects', projectIds: [project] },
    rotationDays: 30,
    expiresAt: '2030-01-31',
    destinations: ['https://b.example:443', 'https://a.example:443'],
    obtainUrl: null,
  };
  await patch(whole);
  await patch({ ...whole, description: 'two', destinations: ['https://a.example:443', 'https://b.example:443'] });
  const { currentVersionId, id } = (await call('GET', 'secrets/KEY')).json;
  const envelope = anEnvelope(organization.keyId, id);
  await call('PUT', 'secrets/KEY', { envelope, ...whole, description: 'two', rotationDays: 60 }, { 'if-match': currentVersionId });
  assert.deepEqual(await recordedFields(), [
    ['secret.replace', ['rotationDays']],
    ['secret.update', ['description']],
    ['secret.update', ['destinations', 'expiresAt', 'kind', 'scope']],
    ['secret.create', ['description', 'rotationDays']],
  ]);
});

test('a new value alone leaves the metadata and its revision as they are', async () => {
  const before = (await call('GET', 'secrets/KEY')).json;
  await call('PUT', 'secrets/KEY', { envelope: anEnvelope(organization.keyId, before.id) });
  const { description, metadataRevision, rotationDays } = (await call('GET', 'secrets/KEY')).json;
  assert.deepEqual([description, metadataRevision, rotationDays], ['one', before.metadataRevision, 30]);
});

test('a policy that is sent as it is is stated on the record once more, and counts as no change', async () => {
  const begun = await revisionNow();
  assert.equal((await patch({ scope: { kind: 'all-projects' } }, begun)).status, 200);
  assert.equal(await revisionNow(), begun);
  assert.deepEqual((await recordedFields())[0], ['secret.update', []]);
});

test('a plain date is stored as the end of that day in UTC', async () => {
  assert.equal((await patch({ expiresAt: '2030-01-31' })).json.expiresAt, '2030-01-31T23:59:59.999Z');
  const refused = await patch({ expiresAt: '2030-02-31' });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /the end of that day in UTC/);
});
