import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { anEnvelope } from '../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../testing/instance.ts';

/**
 * A client that did not get an answer sends the very same request again, and is answered as before: nothing
 * is done or recorded twice.
 */

let instance: TestInstance;
let own: Fixtures;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
});
after(() => instance[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  instance.call(method, `/api/organizations/own/${path}`, { token: own.organization.owner.token, body, headers });
const events = async () =>
  (await instance.db.selectFrom('audit_event').select('sequence').where('organization_id', '=', own.organization.id).execute()).length;

for (const [how, headers] of [
  ['without a condition', {}],
  ['that must add', { 'if-none-match': '*' }],
] as const) {
  test(`a PUT ${how} that added a secret is answered 201 again`, async () => {
    const name = `ADDED_${how.replaceAll(' ', '_').toUpperCase()}`;
    const body = { envelope: anEnvelope(own.organization.keyId), description: 'x', rotationDays: 30 };
    const first = await call('PUT', `secrets/${name}`, body, headers);
    const recorded = await events();
    const second = await call('PUT', `secrets/${name}`, { ...body, envelope: { ...body.envelope } }, headers);
    assert.deepEqual([second.status, second.text, second.headers.etag], [201, first.text, first.headers.etag]);
    assert.equal(await events(), recorded);
  });
}

test('a PUT that replaced a value is answered 204 again, with its condition and without', async () => {
  const added = await call('PUT', 'secrets/REPLACED', { envelope: anEnvelope(own.organization.keyId) });
  for (const condition of ['current', 'none'] as const) {
    const { currentVersionId } = (await call('GET', 'secrets/REPLACED')).json;
    const headers: Record<string, string> = condition === 'current' ? { 'if-match': `"${currentVersionId}"` } : {};
    const body = { envelope: anEnvelope(own.organization.keyId, added.json.id) };
    assert.equal((await call('PUT', 'secrets/REPLACED', body, headers)).status, 204);
    const recorded = await events();
    const second = await call('PUT', 'secrets/REPLACED', body, headers);
    assert.deepEqual([second.status, second.headers.etag], [204, `"${body.envelope.versionId}.1"`]);
    assert.equal(await events(), recorded);
  }
});

test('the same envelope in another request, and one that is no longer current, are refused', async () => {
  const envelope = anEnvelope(own.organization.keyId);
  const added = await call('PUT', 'secrets/ONCE', { envelope });
  const recorded = await events();
  const other = await call('PUT', 'secrets/ONCE', { envelope, description: 'another' });
  assert.deepEqual([other.status, other.json.code], [400, 'envelope_invalid']);
  assert.equal((await call('PUT', 'secrets/ANOTHER_NAME', { envelope })).json.code, 'envelope_invalid');
  const changed = { ...envelope, sealed: anEnvelope(own.organization.keyId).sealed };
  assert.equal((await call('PUT', 'secrets/ONCE', { envelope: changed })).json.code, 'envelope_invalid');
  assert.equal(await events(), recorded);
  assert.equal((await call('PUT', 'secrets/ONCE', { envelope: anEnvelope(own.organization.keyId, added.json.id) })).status, 204);
  assert.equal((await call('PUT', 'secrets/ONCE', { envelope })).json.code, 'envelope_invalid');
});

test('a component that was saved is answered 200 again; another change of the same revision is 412', async () => {
  const path = `projects/${own.ids.project}/components/${own.ids.component}`;
  const configuration = { connectionString: `\${secret.${own.secret}}`, container: 'another' };
  const body = { name: 'Saved', revision: 1, configuration };
  const first = await call('PUT', path, body);
  const recorded = await events();
  const second = await call('PUT', path, body);
  assert.deepEqual([second.status, second.text], [200, first.text]);
  assert.equal(await events(), recorded);
  const other = await call('PUT', path, { ...body, name: 'Other' });
  assert.deepEqual([other.status, other.json.code], [412, 'precondition_failed']);
});
