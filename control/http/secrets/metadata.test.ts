import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { secretDefinitions, transaction } from '@holdfast/db/control';
import { sql } from 'kysely';
import { eventually } from '../../../tests/harness/eventually.ts';
import { anEnvelope } from '../../testing/envelopes.ts';
import { type Reply, type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';
import { recordedEvents } from '../../testing/recorded.ts';

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
  // As many as one person has at once.
  const statuses = await Promise.all(['a', 'b', 'c', 'd'].map(async (text) => (await patch({ description: text }, begun)).status));
  assert.deepEqual(statuses.sort(), [200, 412, 412, 412]);
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

/** How many connections wait for a lock. */
async function waiting(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
    instance.db,
  );
  return rows[0]?.count ?? 0;
}

test('the record states a secret as it is after it was changed while a project in its scope was deleted', async () => {
  const made = async (name: string): Promise<string> => (await call('POST', 'projects', { name })).json.id;
  const kept = await made('Kept');
  const changes: Record<string, (secretId: string) => Promise<Reply>> = {
    'its expiry': () => patch({ expiresAt: '2030-01-31' }),
    'its value and destinations': (secretId) =>
      call('PUT', 'secrets/KEY', { envelope: anEnvelope(organization.keyId, secretId), destinations: ['https://a.example:443'] }),
  };
  for (const [what, change] of Object.entries(changes)) {
    const deleted = await made('Deleted');
    assert.equal((await patch({ scope: { kind: 'projects', projectIds: [kept, deleted] } })).status, 200);
    const secretId: string = (await call('GET', 'secrets/KEY')).json.id;
    const [changing, deleting] = await instance.db.transaction().execute(async (tx) => {
      // All that records something waits here.
      await sql`select from audit_head where organization_id = ${organization.id} for update`.execute(tx);
      const first = change(secretId);
      await eventually('the change waits', async () => (await waiting()) === 1, { everyMilliseconds: 10 });
      const second = call('DELETE', `projects/${deleted}`);
      await eventually('the deletion waits, too', async () => (await waiting()) === 2, { everyMilliseconds: 10 });
      return [first, second];
    });
    for (const reply of await Promise.all([changing, deleting])) assert.ok(reply.status < 300, `${what}: ${reply.text}`);
    const [actual] = await transaction(instance.db, (tx) => secretDefinitions(tx, organization.id, [secretId]));
    const events = await recordedEvents(instance, organization.id);
    const stated = events.flatMap(({ definitions = [] }) => definitions).findLast(({ id }) => id === secretId);
    assert.deepEqual(stated, actual, what);
  }
});
