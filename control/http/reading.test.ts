import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { downloadRunDocument, ENDPOINTS, exportAudit, getSecretReplacement } from '@holdfast/api';
import { auditFact } from '@holdfast/db';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { anEnvelope } from '../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../testing/fixtures.ts';
import { setUpInstance, signIn, type TestInstance, testInstance } from '../testing/instance.ts';
import { recordSigner } from '../testing/signed-record.ts';

let instance: TestInstance;
let fixtures: Fixtures;
let cookie: string;
let document: string;
before(async () => {
  instance = await testInstance();
  await setUpInstance(instance, 'ada@example.com');
  fixtures = await createFixtures(instance, 'read-only');
  const other = { token: fixtures.organization.owner.token, body: { envelope: anEnvelope(fixtures.organization.keyId) } };
  assert.equal((await instance.call('PUT', '/api/organizations/read-only/secrets/OTHER', other)).status, 201);
  // Who watches a run is answered until it has ended.
  const ended = { status: 'succeeded' as const, finished_at: new Date() };
  await instance.db.updateTable('run').set(ended).where('id', '=', fixtures.ids.run).execute();
  await sql`update auth.member set "userId" = (select id from auth."user" where email = 'ada@example.com')
    where id = ${fixtures.organization.owner.memberId}`.execute(instance.db);
  const uploaded = instance.db.selectFrom('document').select('id').where('run_id', '=', fixtures.ids.run);
  document = (await uploaded.executeTakeFirstOrThrow()).id;
  cookie = await signIn(instance, 'ada@example.com');
  // Uploads are put on the record a little later, many in one event.
  await eventually('the upload to be on the record', () =>
    instance.db.selectFrom('audit_event').select('sequence').where(auditFact('action'), '=', 'document.upload').executeTakeFirst(),
  );
  await (await recordSigner(instance.db)).sign(fixtures.organization.id);
  // So old that whatever prolongs sessions would prolong it now.
  await sql`update auth.session set "expiresAt" = now() + interval '1 hour'`.execute(instance.db);
});
after(() => instance[Symbol.asyncDispose]());

/**
 * Every row of every table, hashed; but for the clock, and what each node says of itself every few seconds.
 */
async function everything(): Promise<Record<string, string>> {
  const { rows } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema in ('holdfast', 'auth', 'queue') and table_type = 'BASE TABLE'
      and table_name not in ('clock', 'node')`.execute(instance.db);
  const hashes: Record<string, string> = {};
  for (const { name } of rows) {
    const { rows: found } = await sql<{ hash: string }>`
      select md5(coalesce(string_agg(row::text, ',' order by row::text), '')) as hash from ${sql.raw(name)} as row`.execute(instance.db);
    hashes[name] = found[0]?.hash ?? '';
  }
  return hashes;
}

for (const endpoint of ENDPOINTS.filter(({ method }) => method === 'GET')) {
  test(`GET ${endpoint.path} changes no row of any table and sets no cookie`, async () => {
    const parameters: Record<string, string> = {
      organization: fixtures.organization.slug,
      name: fixtures.secret,
      sequence: '1',
      document,
      ...fixtures.ids,
    };
    const url = endpoint.path.replace(/:([A-Za-z]+)/g, (_, name: string) => parameters[name] ?? 'missing');
    const former = await everything();
    const reply = await instance.call('GET', endpoint === getSecretReplacement ? `${url}?replaceWith=OTHER` : url, { headers: { cookie } });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers['set-cookie'], undefined);
    const now = await everything();
    // That the record was read as a whole, or a document, is itself on the record.
    const recorded = endpoint === exportAudit || endpoint === downloadRunDocument;
    const written = recorded ? ['holdfast.audit_event', 'holdfast.audit_head'] : [];
    for (const name of written) {
      assert.notEqual(now[name], former[name]);
      delete now[name];
      delete former[name];
    }
    assert.deepEqual(now, former);
  });
}

test('a page elsewhere cannot have a member export the record, nor read anything, by a link', async () => {
  const url = exportAudit.path.replace(':organization', fixtures.organization.slug);
  const former = await everything();
  for (const site of ['cross-site', 'same-site']) {
    assert.equal((await instance.call('GET', url, { headers: { cookie, 'sec-fetch-site': site } })).status, 403);
  }
  assert.deepEqual(await everything(), former);
  for (const site of ['same-origin', 'none']) {
    assert.equal((await instance.call('GET', '/api/session', { headers: { cookie, 'sec-fetch-site': site } })).status, 200);
  }
});
