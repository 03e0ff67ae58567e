import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditEvent, componentTestDefinition } from '@holdfast/audit';
import { auditFact } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures, SECRET_NAME } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
let editor: TestMember;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  editor = await instance.addMember(own.organization, 'editor');
  await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
});
after(() => Promise.resolve(instance[Symbol.asyncDispose]()).catch(() => undefined));

const TYPE = 'azure-blob-publisher';
const REFERENCE = `\${secret.${SECRET_NAME}}`;
const root = () => `/api/organizations/own/projects/${own.ids.project}`;
const ask = (body: unknown, { token } = own.organization.owner) => instance.call('POST', `${root()}/component-tests`, { token, body });
const leftovers = async () => [
  await instance.db.selectFrom('component_test').selectAll().execute(),
  (await sql`select * from component_test_value`.execute(instance.db)).rows,
];
const counts = async () => {
  const { rows } = await sql<{ components: number; secrets: number; bindings: number }>`
    select (select count(*) from component) as components, (select count(*) from secret) as secrets,
      (select count(*) from binding) as bindings`.execute(instance.db);
  return rows[0];
};

async function tests(): Promise<AuditEvent[]> {
  const rows = await instance.db
    .selectFrom('audit_event')
    .select('body')
    .where('organization_id', '=', own.organization.id)
    .where(auditFact('action'), '=', 'component.test')
    .orderBy('sequence')
    .execute();
  return rows.map(({ body }) => JSON.parse(body));
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(20)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  return assert.fail('It did not come to be within 10 seconds.');
}

/** In place of a data plane; answers what it found there. */
async function answerNext(passed = true) {
  const row = await eventually(() =>
    instance.db
      .selectFrom('component_test')
      .selectAll()
      .where('answer', 'is', null)
      .where('requested_at', '>', sql<Date>`now() - interval '1 minute'`)
      .executeTakeFirst(),
  );
  const { rows: values } = await sql<{ option: string; version_id: string; sealed: Buffer }>`
    select * from component_test_value where test_id = ${row.id}`.execute(instance.db);
  const answer = JSON.stringify({ passed, detail: 'fine', failure: null, destinations: ['https://a.example:443'], milliseconds: 1 });
  await instance.db.updateTable('component_test').set({ answer }).where('id', '=', row.id).execute();
  return { row, values };
}

test('a configuration is tried before it is saved: the record says with which values, and nothing of it stays', async () => {
  const before = await counts();
  const body = { name: 'Tried', type: TYPE, configuration: { connectionString: REFERENCE, container: 'tried' } };
  const [reply, { row }] = await Promise.all([ask(body, editor), answerNext()]);
  assert.deepEqual([reply.status, reply.json.passed, reply.json.destinations], [200, true, ['https://a.example:443']], reply.text);
  assert.deepEqual(row.draft?.configuration, { container: 'tried' });
  assert.deepEqual(
    row.draft?.bindings.map(({ option, secretName }) => [option, secretName]),
    [['connectionString', SECRET_NAME]],
  );
  assert.deepEqual(await leftovers(), [[], []]);
  assert.deepEqual(await counts(), before);
  const [began, ended] = (await tests()).slice(-2);
  assert.deepEqual([began?.outcome, began?.actor.id], ['intent', editor.userId]);
  assert.match(began?.definitions?.[0]?.digest ?? '', /^[\w-]{43}$/);
  assert.deepEqual([began?.definitions?.[0]?.kind, began?.definitions?.[0]?.id], ['component-test', row.id]);
  assert.deepEqual([ended?.outcome, ended?.definitions], ['success', [{ kind: 'component-test', id: row.id, digest: null }]]);
});

test('a value that was sealed for the test is kept from the control plane, goes with it, and can be saved afterwards', async () => {
  const envelope = anEnvelope(own.organization.keyId);
  const body = { name: 'With its own', type: TYPE, configuration: { container: 'tried' }, sealedOptions: { connectionString: envelope } };
  for (const passed of [false, true]) {
    const [reply, { values }] = await Promise.all([ask(body), answerNext(passed)]);
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(
      values.map(({ option, version_id, sealed }) => [option, version_id, sealed.toString('base64url')]),
      [['connectionString', envelope.versionId, envelope.sealed]],
    );
    assert.equal((await tests()).at(-1)?.outcome, passed ? 'success' : 'failed');
    assert.deepEqual(await leftovers(), [[], []]);
  }
  const saved = await instance.call('POST', `${root()}/components`, { token: own.organization.owner.token, body });
  assert.equal(saved.status, 201, saved.text);
  assert.equal(saved.json.sensitiveOptions[0].source, 'own-value');
  // What is stored now is its component's.
  const again = await ask({ ...body, name: 'Another' });
  assert.deepEqual([again.status, again.json.code], [400, 'envelope_invalid'], again.text);

  const changed = { name: 'With its own', type: TYPE, componentId: saved.json.id, configuration: { container: 'elsewhere' } };
  const [reply, { row, values }] = await Promise.all([ask(changed), answerNext()]);
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(
    [row.component_id, row.draft?.bindings, values],
    [saved.json.id, [{ option: 'connectionString', reference: '', secretId: envelope.secretId, secretName: null }], []],
  );
});

test('the record states what the data plane finds, also when the component’s id was sent in upper case', async () => {
  const configuration = { connectionString: REFERENCE, container: 'tried' };
  const body = { name: 'Archive', type: TYPE, componentId: own.ids.component.toUpperCase(), configuration };
  const [reply, { row }] = await Promise.all([ask(body), answerNext()]);
  assert.equal(reply.status, 200, reply.text);
  assert.ok(row.draft !== null);
  const { projectId, type, bindings, approved, configuration: stored } = row.draft;
  const bound = bindings.flatMap(({ secretId, ...binding }) => (secretId === null ? [] : { ...binding, secretId }));
  const found = {
    testId: row.id,
    componentId: row.component_id,
    projectId,
    type,
    configuration: stored,
    bindings: bound,
    approved,
    values: [],
  };
  const began = (await tests()).findLast(({ outcome }) => outcome === 'intent');
  assert.deepEqual(began?.definitions, [componentTestDefinition(found)]);
});

test('what saving refuses is refused, and nothing is asked', async () => {
  const valid = { name: 'Tried', type: TYPE, configuration: { connectionString: REFERENCE, container: 'tried' } };
  const before = (await tests()).length;
  const cases: [unknown, string, string | undefined][] = [
    [{ ...valid, configuration: { container: 'tried' } }, 'option_invalid', 'configuration.connectionString'],
    [{ ...valid, configuration: { ...valid.configuration, container: 'NOT A NAME' } }, 'option_invalid', 'configuration.container'],
    [{ ...valid, configuration: { container: 'tried', connectionString: 'in clear' } }, 'option_invalid', 'configuration.connectionString'],
    [
      { ...valid, configuration: { ...valid.configuration, connectionString: `\${secret.NOT_THERE}` } },
      'secret_missing',
      'configuration.connectionString',
    ],
    [{ ...valid, type: 'no-such-type' }, 'option_invalid', 'type'],
    [{ ...valid, componentId: uuidv7() }, 'not_found', undefined],
    [
      { ...valid, sealedOptions: { connectionString: anEnvelope(own.organization.keyId) } },
      'option_invalid',
      'configuration.connectionString',
    ],
    [{ ...valid, sealedOptions: { container: anEnvelope(own.organization.keyId) } }, 'option_invalid', 'configuration.container'],
    [
      { ...valid, configuration: { container: 'tried' }, sealedOptions: { connectionString: anEnvelope(uuidv7()) } },
      'sealing_key_stale',
      'sealedOptions.connectionString.keyId',
    ],
  ];
  for (const [body, code, field] of cases) {
    const reply: Reply = await ask(body);
    assert.deepEqual([reply.json.code, reply.json.field], [code, field], reply.text);
  }
  const narrow = await instance.call('PATCH', `/api/organizations/own/secrets/${SECRET_NAME}`, {
    token: own.organization.owner.token,
    body: { scope: { kind: 'projects', projectIds: [(await anotherProject()).id] } },
  });
  assert.ok(narrow.status < 300, narrow.text);
  assert.equal((await ask(valid, editor)).json.code, 'secret_missing', 'What an editor may not see does not exist.');
  assert.equal((await ask(valid)).json.code, 'secret_out_of_scope');
  await instance.call('PATCH', `/api/organizations/own/secrets/${SECRET_NAME}`, {
    token: own.organization.owner.token,
    body: { scope: { kind: 'all-projects' } },
  });
  assert.deepEqual(await leftovers(), [[], []]);
  assert.equal((await tests()).length, before);
});

test('a test whose caller goes away leaves nothing behind, and is ended on the record', async () => {
  const { port } = instance.plane.server.server.address() as AddressInfo;
  const gone = new AbortController();
  const body = {
    name: 'Gone',
    type: TYPE,
    configuration: { container: 'tried' },
    sealedOptions: { connectionString: anEnvelope(own.organization.keyId) },
  };
  const asked = new Promise((_, reject) => {
    const headers = { authorization: `Bearer ${own.organization.owner.token}`, 'content-type': 'application/json' };
    const sent = request({ port, method: 'POST', path: `${root()}/component-tests`, headers, agent: false, signal: gone.signal });
    sent.on('error', reject).end(JSON.stringify(body));
  });
  const { id } = await eventually(() => instance.db.selectFrom('component_test').select('id').executeTakeFirst());
  gone.abort();
  await assert.rejects(asked);
  await eventually(async () => ((await leftovers()).flat().length === 0 ? true : undefined));
  const last = (await tests()).at(-1);
  assert.deepEqual([last?.outcome, last?.definitions], ['failed', [{ kind: 'component-test', id, digest: null }]]);
});

test('what a killed process left is removed with the next test, and ended on the record', async () => {
  const id = uuidv7();
  const draft = { projectId: own.ids.project, name: 'Left', type: TYPE, configuration: {}, bindings: [] };
  await sql`insert into component_test (organization_id, id, draft, requested_by, requested_at)
    values (${own.organization.id}, ${id}, ${JSON.stringify(draft)}, '{"kind":"member","id":"a","name":"Ada"}', now() - interval '1 hour')`.execute(
    instance.db,
  );
  const body = { name: 'Next', type: TYPE, configuration: { connectionString: REFERENCE, container: 'tried' } };
  const [reply] = await Promise.all([ask(body), answerNext()]);
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(await leftovers(), [[], []]);
  const ended = (await tests()).filter(({ definitions }) => definitions?.some((definition) => definition.id === id));
  assert.deepEqual(
    ended.map(({ outcome, target, definitions }) => [outcome, target?.name, definitions?.[0]?.digest]),
    [['failed', 'Left', null]],
  );
});

async function anotherProject(): Promise<{ id: string }> {
  const reply = await instance.call('POST', '/api/organizations/own/projects', {
    token: own.organization.owner.token,
    body: { name: 'Another' },
  });
  return reply.json;
}
