// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { anEnvelope } from '../../testing/envelopes.ts';
import { type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';

/** A component that is made before its secret. */

let instance: TestInstance;
let organization: TestOrganization;
let project: string;
before(async () => {
  instance = await testInstance();
  organization = await instance.addOrganization('own');
  project = (await call('POST', 'projects', { name: 'Filing' })).json.id;
});
after(() => instance?.[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) =>
  instance.call(method, `/api/organizations/own/${path}`, { token: organization.owner.token, body });
const make = (name: string, connectionString: string, more: object = {}) =>
  call('POST', `projects/${project}/components`, {
    name,
    type: 'azure-blob-publisher',
    configuration: { connectionString, container: 'archive' },
    ...more,
  });

test('a reference to no secret is refused, unless the caller says that it is to be kept', async () => {
  const refused = await make('Archive', '${secret.LATER}');
  assert.equal(refused.status, 409, refused.text);
  assert.equal(refused.json.code, 'secret_missing');
  const kept = await make('Archive', '${secret.LATER}', { missingSecrets: 'keep' });
  assert.equal(kept.status, 201, kept.text);
  assert.equal(kept.json.broken.code, 'secret_missing');
  assert.equal(kept.json.configuration.connectionString, '${secret.LATER}');
  assert.deepEqual(kept.json.sensitiveOptions[0].secrets, [{ name: 'LATER', state: 'secret_missing' }]);
});

test('what is there is bound, also in a text with one that is not', async () => {
  assert.equal((await call('PUT', 'secrets/USER', { envelope: anEnvelope(organization.keyId) })).status, 201);
  const kept = await make('Two', 'https://${secrets.USER}:${secrets.ABSENT}@example.com', { missingSecrets: 'keep' });
  assert.equal(kept.status, 201, kept.text);
  assert.deepEqual(kept.json.sensitiveOptions[0].secrets, [
    { name: 'ABSENT', state: 'secret_missing' },
    { name: 'USER', state: 'ok' },
  ]);
});

test('a secret that is added later under this name is used only when the component is saved again', async () => {
  const kept = (await make('Later', '${secret.ADDED}', { missingSecrets: 'keep' })).json;
  assert.equal((await call('PUT', 'secrets/ADDED', { envelope: anEnvelope(organization.keyId) })).status, 201);
  const path = `projects/${project}/components/${kept.id}`;
  assert.equal((await call('GET', path)).json.broken.code, 'secret_missing');
  assert.deepEqual((await call('GET', 'secrets/ADDED/bindings')).json.items, []);
  const saved = await call('PUT', path, { name: kept.name, revision: kept.revision, configuration: kept.configuration });
  assert.equal(saved.status, 200, saved.text);
  assert.equal(saved.json.broken, null);
  assert.equal((await call('GET', 'secrets/ADDED/bindings')).json.items.length, 1);
});
