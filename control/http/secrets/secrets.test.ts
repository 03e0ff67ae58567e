import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { auditFact } from '@holdfast/db';
import { secretDefinitions } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
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
});

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  instance.call(method, `/api/organizations/${organization.slug}/${path}`, { token: organization.owner.token, body, headers });
const put = (name: string, body: object = {}, headers: Record<string, string> = {}) =>
  call('PUT', `secrets/${name}`, { envelope: anEnvelope(organization.keyId), ...body }, headers);
const versionsStored = () =>
  instance.db.selectFrom('sealed_value').select('version_id').where('organization_id', '=', organization.id).execute();

async function aProject(name = 'Project'): Promise<string> {
  return (await call('POST', 'projects', { name })).json.id;
}
async function aComponent(projectId: string, secretName: string, name = 'Archive') {
  const body = {
    name,
    type: 'azure-blob-publisher',
    configuration: { connectionString: `\${secret.${secretName}}`, container: 'archive' },
  };
  return call('POST', `projects/${projectId}/components`, body);
}

test('a secret is added, and is listed without anything of its value', async () => {
  const envelope = anEnvelope(organization.keyId);
  const reply = await call('PUT', 'secrets/API_KEY', { envelope, description: 'For CI', kind: 'api-key', rotationDays: 30 });
  assert.equal(reply.status, 201, reply.text);
  const listed = await call('GET', 'secrets');
  assert.equal(listed.json.items[0].name, 'API_KEY');
  assert.equal(listed.json.items[0].usedBy, 0);
  assert.ok(!listed.text.includes(envelope.sealed.slice(0, 40)) && !reply.text.includes(envelope.sealed.slice(0, 40)));
});

test('the record commits to the ciphertext of each version', async () => {
  const envelope = anEnvelope(organization.keyId);
  await call('PUT', 'secrets/API_KEY', { envelope });
  const event = await instance.db
    .selectFrom('audit_event')
    .select(['body', auditFact('version_id').as('version_id')])
    .where('organization_id', '=', organization.id)
    .where(auditFact('action'), '=', 'secret.create')
    .executeTakeFirstOrThrow();
  const ciphertextHash = createHash('sha256').update(Buffer.from(envelope.sealed, 'base64url')).digest('base64url');
  assert.deepEqual(JSON.parse(event.body).commitment, { versionId: envelope.versionId, ciphertextHash });
  assert.equal(event.version_id, envelope.versionId);
});

test('no field takes a value in clear, wherever it is put', async () => {
  const envelope = anEnvelope(organization.keyId);
  for (const body of [
    { envelope, value: 'hunter22' },
    { envelope: { ...envelope, value: 'hunter22' } },
    { value: 'hunter22' },
    { envelope, plaintext: 'hunter22' },
    { envelope, scope: { kind: 'all-projects', value: 'hunter22' } },
  ]) {
    const reply = await call('PUT', 'secrets/API_KEY', body);
    assert.equal(reply.status, 400, reply.text);
    assert.ok(!reply.text.includes('hunter22'));
  }
  assert.match((await call('PUT', 'secrets/API_KEY', { envelope, value: 'x' })).json.remedy, /never accepts a value/);
  assert.equal((await call('PATCH', 'secrets/API_KEY', { value: 'x' })).status, 400);
  assert.equal((await versionsStored()).length, 0);
});

test('a name is checked, and may not differ from another in case only', async () => {
  for (const name of ['1A', 'a.b', 'a%2Fb', 'a%20b', 'ä', `A${'b'.repeat(128)}`]) {
    const reply = await put(name);
    assert.ok(reply.status === 400 || reply.status === 404, `${name}: ${reply.status}`);
  }
  assert.equal((await put('Name')).status, 201);
  const reply = await put('NAME');
  assert.equal(reply.status, 409);
  assert.equal(reply.json.field, 'name');
  assert.match((await call('GET', 'secrets/NAME')).json.remedy, /Did you mean “Name”/);
});

test('of two who add the same name at the same moment, one adds it', async () => {
  const replies = await Promise.all([
    put('RACE', {}, { 'if-none-match': '*' }),
    put('race', {}, { 'if-none-match': '*' }),
    put('RACE', {}, { 'if-none-match': '*' }),
  ]);
  assert.equal(replies.filter((reply) => reply.status === 201).length, 1);
  for (const reply of replies) assert.ok([201, 409, 412].includes(reply.status), reply.text);
});

test('of 16 who add one name in different cases, one adds it, and the others hear that it is taken', async () => {
  const spelled = (number: number) => [...'race'].map((letter, bit) => ((number >> bit) & 1 ? letter.toUpperCase() : letter)).join('');
  const replies = await Promise.all(Array.from({ length: 16 }, (_, number) => put(spelled(number))));
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [201, ...Array(15).fill(409)]);
  for (const reply of replies) if (reply.status === 409) assert.equal(reply.json.code, 'name_taken');
  assert.equal((await call('GET', 'secrets')).json.items.length, 1);
});

test('of secrets that are added together, one whose ids are taken is refused, and the others are added', async () => {
  const stored = anEnvelope(organization.keyId);
  assert.equal((await put('STORED', { envelope: stored })).status, 201);
  const replies = await Promise.all([
    put('ONE'),
    put('TWO'),
    put('REPLAYED', { envelope: stored }),
    put('OF_ITS_VERSION', { envelope: { ...stored, secretId: uuidv7() } }),
    put('THREE'),
    put('FOUR'),
  ]);
  assert.deepEqual(
    replies.map((reply) => reply.status),
    [201, 201, 400, 400, 201, 201],
  );
  assert.deepEqual([replies[2]?.json.code, replies[3]?.json.code], ['envelope_invalid', 'envelope_invalid']);
  const events = await sql<{ count: number }>`select count(*) from audit_event
    where organization_id = ${organization.id} and ${auditFact('action')} = 'secret.create'`.execute(instance.db);
  assert.equal(events.rows[0]?.count, 5);
});

test('of secrets that are added together, one whose name is taken is left out, and the others are answered as stored', async () => {
  const replies = await Promise.all(['FIRST', 'ONE', 'one', 'TWO', 'THREE'].map((name) => put(name)));
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [201, 201, 201, 201, 409]);
  const answered = replies.flatMap(({ status, json }) =>
    status === 201 ? [`${json.name} ${json.createdAt} ${json.currentVersionId}`] : [],
  );
  const items: { name: string; createdAt: string; currentVersionId: string }[] = (await call('GET', 'secrets')).json.items;
  assert.deepEqual(items.map((item) => `${item.name} ${item.createdAt} ${item.currentVersionId}`).sort(), answered.sort());
  const events = await sql<{ name: string }>`select ${auditFact('secret_name')} as name from audit_event
    where organization_id = ${organization.id} and ${auditFact('action')} = 'secret.create'`.execute(instance.db);
  assert.deepEqual(events.rows.map(({ name }) => name).sort(), items.map(({ name }) => name).sort());
  assert.equal((await versionsStored()).length, 4);
});

test('what the record states of a new secret is what is stored of it', async () => {
  const projectId = await aProject();
  const body = {
    scope: { kind: 'projects', projectIds: [projectId.toUpperCase()] },
    expiresAt: '2099-12-31T10:20:30.456Z',
    destinations: ['https://b.example:443', 'https://a.example:443', 'https://b.example:443'],
  };
  for (const [name, sent] of Object.entries({ WHOLE: body, PLAIN: {}, NARROWED: { destinations: body.destinations } })) {
    const { json } = await put(name, sent);
    const stored = await instance.db.transaction().execute((tx) => secretDefinitions(tx, organization.id, [json.id]));
    const { rows } = await sql<{ body: string }>`select body from audit_event
      where organization_id = ${organization.id} and ${auditFact('action')} = 'secret.create' and ${auditFact('secret_name')} = ${name}`.execute(
      instance.db,
    );
    assert.deepEqual(JSON.parse(rows[0]?.body ?? '{}').definitions, stored, name);
    const { id, ...shown } = json;
    const { id: readId, ...read } = (await call('GET', `secrets/${name}`)).json;
    assert.deepEqual([id, shown], [readId, read], 'the answer is what reading answers');
  }
});

test('replacing keeps one current version and removes the former value', async () => {
  const first = anEnvelope(organization.keyId);
  await call('PUT', 'secrets/KEY', { envelope: first });
  const second = anEnvelope(organization.keyId, first.secretId);
  assert.equal((await call('PUT', 'secrets/KEY', { envelope: second }, { 'if-match': `"${first.versionId}"` })).status, 204);
  assert.deepEqual(await versionsStored(), [{ version_id: second.versionId }]);
  const stale = anEnvelope(organization.keyId, first.secretId);
  const refused = await call('PUT', 'secrets/KEY', { envelope: stale }, { 'if-match': first.versionId });
  assert.equal(refused.status, 412);
  const versions = await call('GET', 'secrets/KEY/versions?limit=1');
  assert.deepEqual(
    versions.json.items.map((version: { id: string; state: string }) => [version.id, version.state]),
    [[second.versionId, 'current']],
  );
  const rest = await call('GET', `secrets/KEY/versions?limit=1&cursor=${versions.json.nextCursor}`);
  assert.deepEqual(
    rest.json.items.map((version: { id: string; state: string }) => [version.id, version.state]),
    [[first.versionId, 'superseded']],
  );
  assert.equal(rest.json.nextCursor, null);
});

test('of replacements side by side with the same If-Match, one is taken', async () => {
  const first = anEnvelope(organization.keyId);
  await call('PUT', 'secrets/KEY', { envelope: first });
  const replies = await Promise.all(
    [1, 2, 3].map(() =>
      call('PUT', 'secrets/KEY', { envelope: anEnvelope(organization.keyId, first.secretId) }, { 'if-match': first.versionId }),
    ),
  );
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [204, 412, 412]);
  assert.equal((await versionsStored()).length, 1);
});

test('If-None-Match and If-Match say what the caller believes', async () => {
  assert.equal((await put('KEY', {}, { 'if-match': uuidv7() })).status, 412, 'there is nothing to replace');
  assert.equal((await put('KEY', {}, { 'if-none-match': '*' })).status, 201);
  const again = await put('KEY', {}, { 'if-none-match': '*' });
  assert.equal(again.status, 412);
  assert.equal(again.json.field, 'name');
});

test('an envelope is refused when it is for another key, secret or format, or was stored before', async () => {
  const stored = anEnvelope(organization.keyId);
  await call('PUT', 'secrets/KEY', { envelope: stored });
  const expect = async (name: string, envelope: object, code: string) => {
    const reply = await call('PUT', `secrets/${name}`, { envelope });
    assert.equal(reply.json?.code, code, `${reply.status} ${reply.text}`);
  };
  await expect('OTHER', anEnvelope(uuidv7()), 'sealing_key_stale');
  await expect('OTHER', { ...anEnvelope(uuidv7()), keyId: organization.keyId }, 'envelope_invalid');
  await expect('OTHER', { ...anEnvelope(organization.keyId), sealed: 'AAAA' }, 'envelope_invalid');
  const fresh = anEnvelope(organization.keyId);
  await expect('OTHER', { ...fresh, sealed: fresh.sealed.slice(0, -4) }, 'envelope_invalid');
  await expect('KEY', anEnvelope(organization.keyId), 'envelope_invalid');
  await expect('OTHER', stored, 'envelope_invalid');
  await expect('OTHER', { ...stored, secretId: uuidv7() }, 'envelope_invalid');
  await call('DELETE', 'secrets/KEY');
  await expect('KEY', stored, 'envelope_invalid');
});

test('an envelope for another organization is refused by its key', async () => {
  const other = await instance.addOrganization(`other-${number}`);
  const reply = await call('PUT', 'secrets/KEY', { envelope: anEnvelope(other.keyId) });
  assert.equal(reply.json.code, 'sealing_key_stale');
});

test('while the key is being made, sealing waits', async () => {
  await instance.db.deleteFrom('organization_key').where('organization_id', '=', organization.id).execute();
  const reply = await call('GET', 'sealing-key');
  // The test's key maker is quick: either it is pending, or it has been made again.
  assert.ok(
    reply.status === 200 || (reply.status === 503 && reply.json.code === 'sealing_key_pending' && reply.headers['retry-after'] === '1'),
  );
});

test('metadata changes without the value, and what is not named stays', async () => {
  await put('KEY', { description: 'one', rotationDays: 30, kind: 'token' });
  const reply = await call('PATCH', 'secrets/KEY', {
    description: 'two',
    rotationDays: null,
    expiresAt: '2020-01-01T00:00:00Z',
    ownerId: organization.owner.userId,
  });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json.description, 'two');
  assert.equal(reply.json.kind, 'token');
  assert.equal(reply.json.rotationDueAt, null);
  assert.equal(reply.json.state, 'expired');
  assert.equal(reply.json.owner.id, organization.owner.userId);
  assert.equal((await call('PATCH', 'secrets/KEY', {})).status, 400);
  assert.equal((await call('PATCH', 'secrets/NONE', { description: 'x' })).status, 404);
});

test('all pages together hold every secret once, in order, whatever the search', async () => {
  for (const name of ['b1', 'B2', 'a1', 'c_1', 'cx1', 'Z9']) await put(name, { description: name === 'Z9' ? '100% done' : '' });
  const seen: string[] = [];
  let cursor: string | null = '';
  do {
    const page: Awaited<ReturnType<typeof call>> = await call('GET', `secrets?limit=2&cursor=${cursor}`);
    assert.equal(page.json.total, cursor === '' ? 6 : null, 'counted once, for the first page');
    seen.push(...page.json.items.map((secret: { name: string }) => secret.name));
    cursor = page.json.nextCursor;
  } while (cursor !== null);
  assert.deepEqual(
    seen,
    ['a1', 'b1', 'B2', 'c_1', 'cx1', 'Z9'].sort((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1)),
  );
  const found = async (search: string) =>
    (await call('GET', `secrets?search=${encodeURIComponent(search)}`)).json.items.map((secret: { name: string }) => secret.name);
  assert.deepEqual(await found('c_'), ['c_1'], '_ stands for itself');
  assert.deepEqual(await found('%'), ['Z9'], '% stands for itself');
  assert.equal((await call('GET', 'secrets?cursor=nonsense')).json.field, 'cursor');
});

test('in every order all pages together hold every secret once, also where many share a time', async () => {
  for (const name of ['a1', 'B2', 'c3', 'D4', 'e5']) await put(name, name === 'c3' ? { rotationDays: 30 } : {});
  const later = '2030-01-01T00:00:00.000Z';
  await call('PATCH', 'secrets/B2', { expiresAt: later });
  await instance.db.updateTable('secret').set({ last_used_at: new Date() }).where('name', '=', 'D4').execute();
  await sql`update secret set created_at = '2026-01-01T00:00:00.123456Z' where name in ('a1', 'B2')`.execute(instance.db);
  const walk = async (query: string) => {
    const seen: string[] = [];
    let cursor: string | null = '';
    do {
      const page: Awaited<ReturnType<typeof call>> = await call('GET', `secrets?${query}&limit=1&cursor=${cursor}`);
      assert.equal(page.status, 200, page.text);
      seen.push(...page.json.items.map((secret: { name: string }) => secret.name));
      cursor = page.json.nextCursor;
    } while (cursor !== null);
    return seen.join(' ');
  };
  assert.equal(await walk('sort=name&order=desc'), 'e5 D4 c3 B2 a1');
  assert.equal(await walk('sort=created'), 'a1 B2 c3 D4 e5');
  assert.equal(await walk('sort=created&order=desc'), 'e5 D4 c3 B2 a1');
  assert.equal(await walk('sort=last-used&order=desc'), 'D4 e5 c3 B2 a1');
  assert.equal(await walk('sort=due'), 'c3 B2 a1 D4 e5');
  for (const key of ['2026-02-30 00:00:00+00', 'x', '', "'; select 1"]) {
    const cursor = Buffer.from(JSON.stringify([key, 'a1'])).toString('base64url');
    assert.equal((await call('GET', `secrets?sort=created&cursor=${cursor}`)).json.field, 'cursor', key);
  }
});

test('a project lists what it may use; unused is what was neither used nor made for 90 days', async () => {
  const project = await aProject();
  for (const name of ['ANYWHERE', 'HERE', 'ELSEWHERE']) await put(name);
  await call('PATCH', 'secrets/HERE', { scope: { kind: 'projects', projectIds: [project] } });
  await call('PATCH', 'secrets/ELSEWHERE', { scope: { kind: 'projects', projectIds: [await aProject('Elsewhere')] } });
  const names = async (query: string) => {
    const { json } = await call('GET', `secrets?${query}`);
    assert.equal(json.total, json.items.length);
    return json.items.map((secret: { name: string }) => secret.name);
  };
  assert.deepEqual(await names(`project=${project}`), ['ANYWHERE', 'HERE']);
  assert.deepEqual(await names('filter=unused'), [], 'nothing new is called unused');
  await sql`update secret set created_at = now() - interval '91 days' where name in ('HERE', 'ELSEWHERE')`.execute(instance.db);
  await sql`update secret set last_used_at = now() - interval '89 days' where name = 'ELSEWHERE'`.execute(instance.db);
  assert.deepEqual(await names('filter=unused'), ['HERE']);
  assert.equal((await call('GET', 'secrets')).json.counts.unused, 1);
});

test('uses are counted by week, the last one ending today', async () => {
  await put('KEY');
  await instance.db
    .insertInto('secret_use_day')
    .columns(['organization_id', 'secret_id', 'day', 'uses'])
    .expression((from) =>
      from
        .selectFrom('secret')
        .innerJoin(
          sql<{ ago: number; uses: number }>`(values (0, 1), (6, 2), (7, 4), (90, 8), (91, 16))`.as<'past'>(sql`past(ago, uses)`),
          (join) => join.onTrue(),
        )
        .where('secret.name', '=', 'KEY')
        .where('secret.organization_id', '=', organization.id)
        .select(['secret.organization_id', 'secret.id', sql<string>`current_date - past.ago`.as('day'), 'past.uses']),
    )
    .execute();
  assert.deepEqual((await call('GET', 'secrets/KEY')).json.usesPerWeek, [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 3]);
});

test('a secret that is used is deleted only with its name, and then its places are broken', async () => {
  await put('KEY');
  const project = await aProject();
  const component = await aComponent(project, 'KEY');
  assert.equal(component.status, 201, component.text);
  const refused = await call('DELETE', 'secrets/KEY');
  assert.equal(refused.status, 409);
  assert.equal(refused.json.code, 'secret_in_use');
  assert.equal(refused.json.bindings[0].component.name, 'Archive');
  assert.equal((await call('DELETE', 'secrets/KEY?confirm=key')).status, 400);
  assert.equal((await call('GET', 'secrets/KEY/bindings')).json.total, 1);
  assert.equal((await call('DELETE', 'secrets/KEY?confirm=KEY')).status, 204);
  assert.equal((await versionsStored()).length, 0);
  const broken = await call('GET', `projects/${project}/components/${component.json.id}`);
  assert.equal(broken.json.broken.code, 'secret_missing');
  assert.match(broken.json.broken.detail, /KEY/);

  await put('KEY');
  const still = await call('GET', `projects/${project}/components/${component.json.id}`);
  assert.equal(still.json.broken.code, 'secret_missing', 'a new secret of the name does not take its place by itself');
  const saved = await call('PUT', `projects/${project}/components/${component.json.id}`, {
    name: 'Archive',
    revision: still.json.revision,
    configuration: still.json.configuration,
  });
  assert.equal(saved.json.broken, null);
});

test('a secret is deleted with a replacement that takes all its places', async () => {
  await put('OLD');
  await put('NEW');
  const project = await aProject();
  const component = (await aComponent(project, 'OLD')).json;
  assert.equal((await call('DELETE', 'secrets/OLD?replaceWith=OLD')).status, 400);
  assert.equal((await call('DELETE', 'secrets/OLD?replaceWith=NONE')).json.code, 'secret_missing');
  await call('PATCH', 'secrets/NEW', { scope: { kind: 'projects', projectIds: [await aProject('Elsewhere')] } });
  assert.equal((await call('DELETE', 'secrets/OLD?replaceWith=NEW')).json.code, 'secret_out_of_scope');
  await call('PATCH', 'secrets/NEW', { scope: { kind: 'all-projects' } });
  assert.equal((await call('DELETE', 'secrets/OLD?replaceWith=NEW')).status, 204);
  const read = (await call('GET', `projects/${project}/components/${component.id}`)).json;
  assert.equal(read.configuration.connectionString, `\${secret.NEW}`);
  assert.equal(read.broken, null);
  assert.equal(read.revision, component.revision + 1, 'a page that was open before is not saved over it');
});

test('two secrets that replace each other at the same moment leave one, with every place bound', async () => {
  await put('ONE');
  await put('TWO');
  const project = await aProject();
  await aComponent(project, 'ONE', 'First');
  await aComponent(project, 'TWO', 'Second');
  const replies = await Promise.all([call('DELETE', 'secrets/ONE?replaceWith=TWO'), call('DELETE', 'secrets/TWO?replaceWith=ONE')]);
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [204, 409], replies.map((reply) => reply.text).join());
  // The one that stays is there; what it was to be replaced with is not any more.
  assert.equal(replies.find((reply) => reply.status === 409)?.json.field, 'replaceWith');
  const components = (await call('GET', `projects/${project}/components`)).json.items;
  assert.deepEqual(
    components.map((component: { broken: unknown }) => component.broken),
    [null, null],
  );
});

test('a deletion beside a new binding either counts it, or the binding fails', async () => {
  const project = await aProject();
  for (let round = 0; round < 8; round++) {
    const name = `RACE_${round}`;
    await put(name);
    const [deleted, bound] = await Promise.all([call('DELETE', `secrets/${name}`), aComponent(project, name, name)]);
    const outcome = `${deleted.status} ${bound.status}`;
    assert.ok(['204 409', '409 201'].includes(outcome), outcome);
  }
});

test('a secret may be chosen in its projects only', async () => {
  const [inside, outside] = [await aProject('Inside'), await aProject('Outside')];
  await put('SCOPED', { scope: { kind: 'projects', projectIds: [inside] } });
  const names = async (project: string) =>
    (await call('GET', `projects/${project}/secret-names`)).json.items.map((secret: { name: string }) => secret.name);
  assert.deepEqual(await names(inside), ['SCOPED']);
  assert.deepEqual(await names(outside), []);
  assert.equal((await aComponent(inside, 'SCOPED')).status, 201);
  const refused = await aComponent(outside, 'SCOPED');
  assert.equal(refused.json.code, 'secret_out_of_scope');
  assert.equal(refused.json.field, 'configuration.connectionString');
});

test('every change of a secret is on record, in the transaction that makes it', async () => {
  await put('KEY');
  await call('PATCH', 'secrets/KEY', { description: 'x' });
  await call('DELETE', 'secrets/KEY');
  const events = (await call('GET', 'audit?secret=KEY')).json.items.map((event: { action: string }) => event.action);
  assert.deepEqual(events, ['secret.delete', 'secret.update', 'secret.create']);
  // When the record cannot be written, nothing is changed.
  await instance.db.schema.alterTable('audit_head').renameTo('audit_head_away').execute();
  try {
    const reply = await put('UNRECORDED');
    assert.ok(reply.status >= 500, reply.text);
  } finally {
    await instance.db.schema.alterTable('audit_head_away').renameTo('audit_head').execute();
  }
  assert.equal((await call('GET', 'secrets/UNRECORDED')).status, 404);
});

test('an organization has at most 10,000 secrets, and all of them can be listed', async () => {
  const { id } = organization;
  const ids = Array.from({ length: 9_999 }, () => uuidv7());
  const actor = { kind: 'system' as const, id: null, name: 'test' };
  for (let start = 0; start < ids.length; start += 3_000) {
    const part = ids.slice(start, start + 3_000);
    await instance.db
      .insertInto('secret')
      .values(part.map((secretId, index) => ({ organization_id: id, id: secretId, name: `S${start + index}`, created_by: actor })))
      .execute();
    await instance.db
      .insertInto('secret_version')
      .values(
        part.map((secretId) => ({
          organization_id: id,
          secret_id: secretId,
          id: uuidv7(),
          key_id: organization.keyId,
          state: 'current' as const,
          created_by: actor,
        })),
      )
      .execute();
  }
  const replies = await Promise.all(Array.from({ length: 16 }, (_, number) => put(`LAST_${number}`)));
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [201, ...Array(15).fill(409)]);
  for (const reply of replies) if (reply.status === 409) assert.equal(reply.json.code, 'quota_exceeded');
  const last = `LAST_${replies.findIndex((reply) => reply.status === 201)}`;
  assert.equal((await call('GET', 'secrets?limit=1')).json.counts.all, 10_000);
  assert.equal((await call('DELETE', `secrets/${last}`)).status, 204);
  assert.equal((await put('IN_ITS_PLACE')).status, 201);
  let listed = 0;
  let cursor: string | null = '';
  do {
    const page: Awaited<ReturnType<typeof call>> = await call('GET', `secrets?limit=200&cursor=${cursor}`);
    listed += page.json.items.length;
    cursor = page.json.nextCursor;
  } while (cursor !== null);
  assert.equal(listed, 10_000);
});
