import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ENDPOINTS, type Endpoint, ERROR_CODES, may, mayNameSecrets, type Permission } from '@holdfast/api';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { anEnvelope } from '../testing/envelopes.ts';
import { createFixtures, type Fixtures, SECRET_NAME } from '../testing/fixtures.ts';
import { makeAccount, type Reply, type TestInstance, type TestMember, testInstance } from '../testing/instance.ts';

/** Of a second secret, which may not go where a component sends it. */
const KEY_NAME = 'PARTNER_ACCESS';
const HOST = 'partneraccount.blob.core.windows.net';
const REASON = 'the partner was sold to a competitor';
const NAMES = [SECRET_NAME, KEY_NAME, HOST, REASON];

const NAMING = Object.keys(ERROR_CODES).filter(mayNameSecrets);
const FAILURE = {
  detail: `The secret “${SECRET_NAME}” may not be sent to ${HOST}: “${REASON}”.`,
  remedy: `Open ${KEY_NAME}.`,
};

let instance: TestInstance;
let own: Fixtures;
let editor: TestMember;
let viewer: TestMember;
let cookie: string;
/** Of everything that is planted, by the name of the path's parameter. */
let ids: Record<string, string>[];

before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  editor = await instance.addMember(own.organization, 'editor');
  viewer = await instance.addMember(own.organization, 'viewer');
  cookie = await makeAccount(instance, 'vera@example.com');
  const { db } = instance;
  const { id: userId } = await db.selectFrom('auth.user').select('id').where('email', '=', 'vera@example.com').executeTakeFirstOrThrow();
  await db
    .insertInto('auth.member')
    .values({ id: uuidv7(), organizationId: own.organization.id, userId, role: 'viewer', createdAt: new Date() })
    .execute();

  const make = async (method: string, path: string, body: unknown, by = own.organization.owner) => {
    const reply = await instance.call(method, `/api/organizations/own${path}`, { token: by.token, body });
    assert.equal(Math.floor(reply.status / 100), 2, reply.text);
    return reply.json;
  };
  const envelope = anEnvelope(own.organization.keyId);
  await make('PUT', `/secrets/${KEY_NAME}`, { envelope });
  const refused = await make(
    'POST',
    `/projects/${own.ids.project}/components`,
    {
      name: 'Partner',
      type: 'azure-blob-publisher',
      configuration: {
        container: 'docs',
        connectionString: `AccountName=partneraccount;AccountKey=\${secret.${KEY_NAME}};EndpointSuffix=core.windows.net`,
      },
    },
    editor,
  );
  const destination = { secretId: envelope.secretId, destination: `https://${HOST}:443` };
  await make('POST', '/destinations', { decision: 'refuse', items: [destination], reason: REASON });
  const sends = await make('POST', '/workflows', {
    projectId: own.ids.project,
    name: 'Send',
    source: { kind: 'upload' },
    steps: [{ componentId: refused.id }],
  });
  await make('POST', `/workflows/${own.ids.workflow}/triggers`, {
    name: 'Shop',
    settings: { kind: 'webhook', secretName: KEY_NAME, signature: 'github' },
  });
  await sql`update secret set expires_at = now() - interval '1 day' where name = ${SECRET_NAME}`.execute(db);
  await sql`update workflow w set draft = v.definition, draft_saved_at = now(), draft_saved_by = v.published_by
    from workflow_version v where v.organization_id = w.organization_id and v.workflow_id = w.id`.execute(db);
  ids = [own.ids, { ...own.ids, workflow: sends.id }];
});
after(() => instance[Symbol.asyncDispose]());

/** A run, a document of it, lines of its log and a trigger, all of which failed in this way. */
async function plant(code: string): Promise<void> {
  const { db } = instance;
  const failure = JSON.stringify({ ...FAILURE, code });
  const ofRun = JSON.stringify({ ...FAILURE, code, component: null, secretName: SECRET_NAME });
  await sql`update run set status = 'failed', finished_at = now(), failure = ${ofRun}::jsonb`.execute(db);
  await sql`update run_item set status = 'failed', finished_at = now(), failure = ${failure}::jsonb`.execute(db);
  await sql`delete from run_log`.execute(db);
  await sql`insert into run_log (organization_id, run_id, level, message, message_without_names)
    values (${own.organization.id}, ${own.ids.run}, 'error', ${FAILURE.detail}, 'It failed.')`.execute(db);
  await sql`insert into trigger_state (organization_id, trigger_id, failures, last_at, outcome, failure)
    select organization_id, id, 3, now(), 'failed', ${failure}::jsonb from workflow_trigger
    on conflict (organization_id, trigger_id) do update set failures = 3, last_at = now(), outcome = 'failed', failure = excluded.failure`.execute(
    db,
  );
}

const READ_BY_VIEWERS = ENDPOINTS.filter(
  ({ method, requires }) =>
    method === 'GET' && (requires === 'public' || requires === 'signed-in' || may('viewer', requires as Permission)),
);

/** What each endpoint answers, about everything that was planted. */
async function readAll(sent: { readonly token?: string; readonly headers?: Record<string, string> }): Promise<Map<Endpoint, Reply[]>> {
  const answers = new Map<Endpoint, Reply[]>();
  for (const endpoint of READ_BY_VIEWERS) {
    const addresses = new Set(
      ids.map((of) => endpoint.path.replace(/:([a-z]+)/g, (_, name: string) => (name === 'organization' ? 'own' : (of[name] ?? uuidv7())))),
    );
    const headers = { ...sent.headers, ...(endpoint.id === 'watchRun' ? { 'last-event-id': '0' } : {}) };
    answers.set(endpoint, await Promise.all([...addresses].map((address) => instance.call('GET', address, { ...sent, headers }))));
  }
  return answers;
}

function whereNamed(answers: Map<Endpoint, Reply[]>): string[] {
  return [...answers].flatMap(([{ id }, replies]) =>
    NAMES.flatMap((name) => (replies.some(({ text }) => text.includes(name)) ? `${id}: ${name}` : [])),
  );
}

for (const code of NAMING) {
  test(`${code}: a viewer reads no name of a secret in any answer, and an editor does`, async () => {
    await plant(code);
    const [byToken, bySession, byEditor] = await Promise.all([
      readAll({ token: viewer.token }),
      readAll({ headers: { cookie } }),
      readAll({ token: editor.token }),
    ]);
    assert.deepEqual(whereNamed(byToken), []);
    assert.deepEqual(whereNamed(bySession), []);
    // Everything that names one to an editor was read by the viewers, and answered.
    const named = [...new Set(whereNamed(byEditor).map((where) => where.split(':')[0] ?? ''))].sort();
    assert.deepEqual(named, [
      'getOverview',
      'getRun',
      'getRunSteps',
      'getWorkflow',
      'listRunItems',
      'listRunLog',
      'listRuns',
      'listTriggers',
      'listWorkflowRuns',
      'listWorkflowVersions',
      'listWorkflows',
      'watchRun',
    ]);
    for (const answers of [byToken, bySession]) {
      for (const [{ id }, replies] of answers) {
        if (named.includes(id)) assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200], id);
      }
    }
  });
}

test('a viewer reads what failed, and whom to ask', async () => {
  await plant('secret_expired');
  const read = async (path: string) => (await instance.call('GET', `/api/organizations/own/${path}`, { token: viewer.token })).json;
  const { failure } = await read(`runs/${own.ids.run}`);
  assert.deepEqual(failure, {
    code: 'secret_expired',
    detail: 'The secret has expired.',
    remedy: 'Ask an editor, admin or owner of the organization: they see what it is about.',
    component: null,
    secretName: null,
  });
  assert.equal((await read(`workflows/${own.ids.workflow}`)).broken.detail, 'The secret has expired.');
  assert.equal((await read(`runs/${own.ids.run}/log`)).items[0].message, 'It failed.');
});

test('a viewer reads all of a failure that names no secret', async () => {
  await plant('upstream_refused');
  const { json } = await instance.call('GET', `/api/organizations/own/runs/${own.ids.run}/items`, { token: viewer.token });
  assert.deepEqual(json.items[0].failure, { ...FAILURE, code: 'upstream_refused' });
});
