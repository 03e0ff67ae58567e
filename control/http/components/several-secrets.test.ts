// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { componentDefinition } from '@holdfast/audit';
import { anEnvelope } from '../../testing/envelopes.ts';
import { type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';

/** An option whose text names several secrets. */

let instance: TestInstance;
let organization: TestOrganization;
let project: string;
let names = 0;
before(async () => {
  instance = await testInstance();
  organization = await instance.addOrganization('own');
  project = (await call('POST', 'projects', { name: 'Filing' })).json.id;
});
after(() => instance?.[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) =>
  instance.call(method, `/api/organizations/own/${path}`, { token: organization.owner.token, body });

async function secret(name: string, more: object = {}): Promise<string> {
  const reply = await call('PUT', `secrets/${name}`, { envelope: anEnvelope(organization.keyId), ...more });
  assert.equal(reply.status, 201, reply.text);
  return name;
}

const save = (connectionString: unknown, more: object = {}) =>
  call('POST', `projects/${project}/components`, {
    name: `Archive ${++names}`,
    type: 'azure-blob-publisher',
    configuration: { connectionString, container: 'archive' },
    ...more,
  });

async function bindingsOf(componentId: string): Promise<[string, string | null][]> {
  const rows = await instance.db
    .selectFrom('binding')
    .select(['reference', 'secret_name', 'secret_id'])
    .where('consumer_id', '=', componentId)
    .orderBy('reference')
    .execute();
  return rows.map(({ reference, secret_name, secret_id }) => [reference, secret_id === null ? null : secret_name]);
}

/** The digest that the newest event states of a component. */
async function statedDigest(componentId: string): Promise<string> {
  const rows = await instance.db.selectFrom('audit_event').select('body').orderBy('sequence', 'desc').execute();
  const definitions = rows.flatMap(({ body }) => JSON.parse(body).definitions ?? []);
  return definitions.find((definition: { id: string }) => definition.id === componentId)?.digest;
}

test('a text with two secrets is saved as two bindings, and read as it was written', async () => {
  const [user, password] = [await secret('USER'), await secret('PASSWORD')];
  const text = `https://\${secrets.${user}}:\${secret.${password}}@example.com/$\${secret.X}?again=\${secrets.${user}}`;
  const saved = await save(text);
  assert.equal(saved.status, 201, saved.text);
  assert.deepEqual(await bindingsOf(saved.json.id), [
    ['PASSWORD', 'PASSWORD'],
    ['USER', 'USER'],
  ]);
  assert.equal(saved.json.configuration.connectionString, text);
  assert.deepEqual(saved.json.sensitiveOptions, [
    {
      option: 'connectionString',
      source: 'text',
      secretName: null,
      state: 'ok',
      secrets: [
        { name: 'PASSWORD', state: 'ok' },
        { name: 'USER', state: 'ok' },
      ],
    },
  ]);
  assert.equal(saved.json.broken, null);
  const used = await call('GET', `secrets/${user}/bindings`);
  assert.deepEqual([used.json.total, used.json.items[0].option, used.json.items[0].broken], [1, 'Connection String', false]);
});

test('the record states the text and every secret in it', async () => {
  await secret('FIRST');
  await secret('SECOND');
  const text = '${secret.FIRST}:${secret.SECOND}';
  const { json } = await save(text);
  const rows = await instance.db
    .selectFrom('binding')
    .select(['option', 'reference', 'secret_id as secretId'])
    .where('consumer_id', '=', json.id)
    .execute();
  const definition = {
    componentId: json.id,
    projectId: project,
    type: 'azure-blob-publisher',
    configuration: { connectionString: text, container: 'archive' },
    bindings: rows,
  };
  assert.equal(await statedDigest(json.id), componentDefinition(definition).digest);
  const others = [
    { ...definition, configuration: { ...definition.configuration, connectionString: `${text} ` } },
    { ...definition, bindings: rows.slice(1) },
    { ...definition, bindings: rows.map((row) => ({ ...row, reference: row.reference === 'FIRST' ? 'SECOND' : 'FIRST' })) },
  ];
  for (const other of others) assert.notEqual(componentDefinition(other).digest, componentDefinition(definition).digest);
});

test('one reference alone is the whole value, in both spellings', async () => {
  await secret('WHOLE');
  for (const written of ['${secret.WHOLE}', '${secrets.WHOLE}']) {
    const { json } = await save(written);
    assert.deepEqual(await bindingsOf(json.id), [['', 'WHOLE']]);
    assert.equal(json.configuration.connectionString, '${secret.WHOLE}');
    assert.equal(json.sensitiveOptions[0].source, 'organization-secret');
  }
});

test('a secret in a text that is missing, out of scope or wrongly written is refused by name, and nothing is saved', async () => {
  await secret('THERE');
  const { json: another } = await call('POST', 'projects', { name: 'Another' });
  await secret('ELSEWHERE', { scope: { kind: 'projects', projectIds: [another.id] } });
  const count = async () => (await call('GET', `projects/${project}/components`)).json.total;
  const before = await count();
  for (const [written, code] of [
    ['a${secret.THERE}b${secret.NOWHERE}', 'secret_missing'],
    ['a${secret.THERE}b${secret.ELSEWHERE}', 'secret_out_of_scope'],
    ['a${secret.THERE}b${secret.MY NAME}', 'option_invalid'],
    ['a$${secret.THERE}b', 'option_invalid'],
  ]) {
    const refused = await save(written);
    assert.equal(refused.json.code, code, `${written}: ${refused.text}`);
    assert.equal(refused.json.field, 'configuration.connectionString');
  }
  assert.equal(await count(), before);
});

test('a secret of the same name does not take the place of a deleted one until the text is saved again', async () => {
  await secret('KEPT');
  await secret('GONE');
  const text = '${secret.KEPT} ${secret.GONE}';
  const { json: saved } = await save(text);
  assert.equal((await call('DELETE', 'secrets/GONE?confirm=GONE')).status, 204);
  await secret('GONE');
  const path = `projects/${project}/components/${saved.id}`;
  const { json: broken } = await call('GET', path);
  assert.equal(broken.broken.code, 'secret_missing');
  assert.match(broken.broken.detail, /The secret “GONE”, which “Connection String” uses, does not exist/);
  assert.deepEqual(broken.sensitiveOptions[0].secrets, [
    { name: 'GONE', state: 'secret_missing' },
    { name: 'KEPT', state: 'ok' },
  ]);
  assert.equal(broken.configuration.connectionString, text);
  const { name, revision, configuration } = broken;
  const again = await call('PUT', path, { name, revision, configuration });
  assert.equal(again.json.broken, null, again.text);
});

test('“replace with” binds every place in a text to the other secret, and shows its name there', async () => {
  await secret('OLD');
  await secret('NEW');
  await secret('BESIDE');
  const { json: saved } = await save('${secrets.OLD}:${secret.BESIDE}:${secret.OLD}');
  assert.equal((await call('DELETE', 'secrets/OLD?replaceWith=NEW')).status, 204);
  assert.deepEqual(await bindingsOf(saved.id), [
    ['BESIDE', 'BESIDE'],
    ['OLD', 'NEW'],
  ]);
  const { json: now } = await call('GET', `projects/${project}/components/${saved.id}`);
  assert.equal(now.configuration.connectionString, '${secrets.NEW}:${secret.BESIDE}:${secret.NEW}');
  assert.equal(now.revision, saved.revision + 1);
  const { name, revision, configuration } = now;
  const again = await call('PUT', `projects/${project}/components/${saved.id}`, { name, revision, configuration });
  assert.equal(again.status, 200, again.text);
  assert.deepEqual(await bindingsOf(saved.id), [
    ['BESIDE', 'BESIDE'],
    ['NEW', 'NEW'],
  ]);
});

test('a text, one secret and an own value take each other’s place, and nothing of the former stays', async () => {
  await secret('ONE');
  await secret('TWO');
  const { json } = await save('AccountName=acme;AccountKey=${secret.ONE}${secret.TWO}');
  const path = `projects/${project}/components/${json.id}`;
  let { revision } = json;
  const put = async (body: object) => {
    const reply = await call('PUT', path, { name: json.name, revision, ...body });
    assert.equal(reply.status, 200, reply.text);
    revision = reply.json.revision;
    return reply.json;
  };
  const own = await put({
    configuration: { container: 'archive' },
    sealedOptions: { connectionString: anEnvelope(organization.keyId) },
  });
  assert.deepEqual([own.sensitiveOptions[0].source, await bindingsOf(json.id)], ['own-value', [['', null]]]);
  assert.equal(own.configuration.connectionString, undefined);
  const text = await put({ configuration: { container: 'archive', connectionString: '-${secret.TWO}' } });
  assert.deepEqual([text.sensitiveOptions[0].source, await bindingsOf(json.id)], ['text', [['TWO', 'TWO']]]);
  const left = await instance.db.selectFrom('secret').select('id').where('component_id', '=', json.id).execute();
  assert.deepEqual(left, []);
});

test('a text in which a secret is a part of the host is refused by the name of its option, and nothing is stored', async () => {
  await secret('HOST');
  const reply = await save('BlobEndpoint=https://${secret.HOST}.example.com/;SharedAccessSignature=sig');
  assert.deepEqual([reply.status, reply.json.code, reply.json.field], [400, 'option_invalid', 'configuration.connectionString']);
  assert.match(reply.json.detail, /Write these in clear, or let one secret be the whole value/);
});
