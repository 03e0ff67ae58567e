// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures, SECRET_NAME } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
let names = 0;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
});
after(() => instance[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown): Promise<Reply> =>
  instance.call(method, `/api/organizations/own/projects/${own.ids.project}${path}`, { token: own.organization.owner.token, body });

const baseUrl = 'https://files.example.com/in';
const creates = (configuration: object, more: object = {}) =>
  call('POST', '/components', { name: `Files ${++names}`, type: 'http-publisher', configuration: { baseUrl, ...configuration }, ...more });
const saves = ({ id, name, revision }: { id: string; name: string; revision: number }, configuration: object, more: object = {}) =>
  call('PUT', `/components/${id}`, { name, revision, configuration: { baseUrl, ...configuration }, ...more });
const sourceOf = (reply: Reply) => reply.json.sensitiveOptions[0].source;

test('a credential is asked for while the authentication needs one, and not otherwise', async () => {
  const none = await creates({});
  assert.deepEqual([none.status, none.json.broken], [201, null], none.text);
  const missing = await creates({ authentication: 'bearer' });
  assert.deepEqual([missing.status, missing.json.errors?.[0]?.field], [400, 'configuration.credential'], missing.text);
  assert.equal((await creates({ authentication: 'bearer', credential: `\${secret.${SECRET_NAME}}` })).status, 201);
});

test('what is hidden is not stored, and what was bound to it goes, an own value too', async () => {
  const saved = await creates({ authentication: 'basic', userName: 'ada', credential: `\${secret.${SECRET_NAME}}` });
  assert.equal(sourceOf(saved), 'organization-secret');
  const hidden = await saves(saved.json, { authentication: 'none', userName: 'ada' });
  assert.deepEqual(
    [hidden.status, sourceOf(hidden), hidden.json.configuration, hidden.json.broken],
    [200, 'none', { baseUrl, authentication: 'none' }, null],
  );
  const sealedOptions = { credential: anEnvelope(own.organization.keyId) };
  const typed = await saves(hidden.json, { authentication: 'bearer' }, { sealedOptions });
  assert.equal(sourceOf(typed), 'own-value');
  assert.equal(sourceOf(await saves(typed.json, { authentication: 'none' })), 'none');
  const left = await instance.db.selectFrom('secret').select('id').where('id', '=', sealedOptions.credential.secretId).execute();
  assert.deepEqual(left, []);
});

test('a secret for a hidden option is refused, named or sealed', async () => {
  for (const [configuration, sealedOptions] of [
    [{ authentication: 'none', credential: `\${secret.${SECRET_NAME}}` }, {}],
    [{ authentication: 'none' }, { credential: anEnvelope(own.organization.keyId) }],
  ] as const) {
    const refused = await creates(configuration, { sealedOptions });
    assert.deepEqual([refused.status, refused.json.code], [400, 'option_invalid']);
    assert.match(refused.json.detail, /“Authentication” is bearer or basic or header/);
    const tried = { name: 'tried', type: 'http-publisher', configuration: { baseUrl, ...configuration }, sealedOptions };
    assert.equal((await call('POST', '/component-tests', tried)).json.code, 'option_invalid');
  }
});

test('a credential without a word about authentication is a bearer token, and that is stored', async () => {
  for (const [configuration, sealedOptions, source] of [
    [{ credential: `\${secret.${SECRET_NAME}}` }, {}, 'organization-secret'],
    [{}, { credential: anEnvelope(own.organization.keyId) }, 'own-value'],
  ] as const) {
    const made = await creates(configuration, { sealedOptions });
    assert.deepEqual([made.status, sourceOf(made), made.json.configuration.authentication], [201, source, 'bearer'], made.text);
    assert.equal(made.json.broken, null);
  }
  const plain = await creates({});
  assert.equal('authentication' in plain.json.configuration, false, 'Without a credential nothing is filled in.');
  const { json } = await saves(plain.json, { credential: `\${secret.${SECRET_NAME}}` });
  assert.equal(json.configuration.authentication, 'bearer');
});

test('lists and overview count a component without what it needs now as broken, and one without what is hidden as whole', async () => {
  const broken = async () =>
    (await instance.call('GET', '/api/organizations/own/overview', { token: own.organization.owner.token })).json.components.broken;
  const before = await broken();
  const { json } = await creates({});
  assert.equal(await broken(), before);
  await instance.db
    .updateTable('component')
    .set({ configuration: JSON.stringify({ baseUrl, authentication: 'bearer' }) })
    .where('id', '=', json.id)
    .execute();
  assert.equal(await broken(), before + 1);
  assert.equal((await call('GET', `/components/${json.id}`)).json.broken.code, 'secret_missing');
});

test('what looks like a credential is not stored in clear, unless somebody says that it is none', async () => {
  const password = `correct-horse-${uuidv7()}`;
  const path = `in?token=${password.replaceAll('-', '')}`;
  const refused = await creates({ path });
  assert.deepEqual([refused.status, refused.json.code, refused.json.errors[0].field], [400, 'credential_in_clear', 'configuration.path']);
  assert.ok(!refused.text.includes(password.replaceAll('-', '')));
  const tried = { name: 'tried', type: 'http-publisher', configuration: { baseUrl, path } };
  assert.equal((await call('POST', '/component-tests', tried)).json.code, 'credential_in_clear');
  const taken = await creates({ path }, { plainOptions: ['path'] });
  assert.equal(taken.status, 201, taken.text);
  assert.equal((await saves(taken.json, { path })).status, 200, 'It is stored already.');
});
