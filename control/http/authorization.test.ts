import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ENDPOINTS, type Endpoint, may, newAccessToken, PERMISSIONS, type Permission, ROLES, type Role } from '@holdfast/api';
import { uuidv7 } from '@holdfast/envelope';
import { anEnvelope } from '../testing/envelopes.ts';
import { createFixtures, type Fixtures, SECRET_NAME } from '../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
let other: Fixtures;
let members: Record<Role, TestMember>;

before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  other = await createFixtures(instance, 'other');
  members = {
    owner: own.organization.owner,
    admin: await instance.addMember(own.organization, 'admin'),
    editor: await instance.addMember(own.organization, 'editor'),
    viewer: await instance.addMember(own.organization, 'viewer'),
  };
});
after(() => instance[Symbol.asyncDispose]());

const inOrganization = ENDPOINTS.filter((endpoint) => endpoint.path.includes(':organization'));

function addressOf(endpoint: Endpoint, organization: string, ids: Record<string, string>): string {
  return endpoint.path.replace(/:([a-z]+)/g, (_, name: string) =>
    name === 'organization' ? organization : name === 'name' ? (ids.name ?? 'NO_SUCH_SECRET') : (ids[name] ?? uuidv7()),
  );
}

/** All that tells one answer from another, for somebody who looks for a difference. */
function visible(reply: Reply): string {
  return `${reply.status} ${reply.headers['content-type']} ${reply.text.replace(/"requestId":"[^"]*"/, '').replaceAll(/[0-9a-f-]{36}/g, 'ID')}`;
}

test('every endpoint of an organization names a right, and only those that are meant to be are open', () => {
  for (const endpoint of inOrganization) assert.ok(Object.hasOwn(PERMISSIONS, endpoint.requires), endpoint.id);
  const open = ENDPOINTS.filter((endpoint) => endpoint.requires === 'public').map((endpoint) => endpoint.id);
  assert.deepEqual(open.sort(), ['confirmEmail', 'getInstance', 'lookUpAccountLink', 'redeemAccountLink', 'requestPasswordReset', 'setUp']);
});

for (const endpoint of ENDPOINTS.filter(({ requires }) => requires !== 'public')) {
  test(`${endpoint.id} is refused without a session or token, and with one that is not valid`, async () => {
    const address = addressOf(endpoint, 'own', own.ids);
    for (const sent of [{}, { token: newAccessToken(uuidv7()) }, { headers: { cookie: 'holdfast.session_token=nonsense.nonsense' } }]) {
      const reply = await instance.call(endpoint.method, address, sent);
      assert.equal(reply.status, 401, reply.text);
      assert.equal(reply.json.code, 'unauthenticated');
    }
  });
}

for (const endpoint of inOrganization) {
  for (const role of ROLES) {
    const allowed = may(role, endpoint.requires as Permission);
    test(`${endpoint.id} is ${allowed ? 'open' : 'closed'} to a ${role}`, async () => {
      // Ids of nothing and no body: a caller who is authorized finds nothing there, or sends nothing that
      // could be taken.
      const reply = await instance.call(endpoint.method, addressOf(endpoint, 'own', {}), { token: members[role].token });
      if (allowed) assert.ok(reply.status !== 401 && reply.status !== 403, reply.text);
      else assert.equal(reply.status, 403, reply.text);
      assert.ok(reply.status < 500 || reply.json.code === 'sealing_key_pending', reply.text);
    });
  }

  test(`${endpoint.id} says the same of another organization as of one that does not exist`, async () => {
    for (const role of ROLES) {
      const { token } = members[role];
      const foreign = await instance.call(endpoint.method, addressOf(endpoint, 'other', other.ids), { token });
      const foreignById = await instance.call(endpoint.method, addressOf(endpoint, other.organization.id, other.ids), { token });
      const missing = await instance.call(endpoint.method, addressOf(endpoint, 'nowhere', {}), { token });
      assert.equal(missing.status, 404);
      assert.equal(visible(foreign), visible(missing));
      assert.equal(visible(foreignById), visible(missing));
    }
  });
}

/** What reaches each handler that takes a body together with an id. */
function bodyFor(endpoint: Endpoint): unknown {
  const bodies: Record<string, unknown> = {
    putSecret: { envelope: anEnvelope(own.organization.keyId) },
    updateSecret: { description: 'changed' },
    updateMember: { role: 'admin' },
    updateProject: { name: 'changed' },
    createComponent: {
      name: 'changed',
      type: 'azure-blob-publisher',
      configuration: { connectionString: `\${secret.${SECRET_NAME}}`, container: 'changed' },
    },
    testUnsavedComponent: {
      name: 'tried',
      type: 'azure-blob-publisher',
      configuration: { connectionString: `\${secret.${SECRET_NAME}}`, container: 'tried' },
    },
    updateComponent: {
      name: 'changed',
      revision: 1,
      configuration: { connectionString: `\${secret.${SECRET_NAME}}`, container: 'changed' },
    },
    updateWorkflow: { name: 'changed', source: { kind: 'upload' }, steps: [{ componentId: own.ids.component }] },
    requestSecret: { name: 'ASKED', componentType: 'azure-blob-publisher', option: 'connectionString' },
    decideSecretRequest: { decision: 'decline' },
    preflightDefinition: { source: { kind: 'upload' }, steps: [{ componentId: own.ids.component }] },
    publishWorkflow: { note: 'changed' },
    createTrigger: { name: 'changed', settings: { kind: 'upload' } },
    updateTrigger: { enabled: false },
    startRun: { documentIds: [uuidv7()] },
    retryRun: { items: 'unfinished' },
    setWorkflowLimits: { maximumRuns: 2 },
    setWorkflowRetention: { documentDays: 1, logDays: null, runDays: 1 },
    uploadDocument: 'bytes',
  };
  if (endpoint.body === undefined) return undefined;
  assert.ok(Object.hasOwn(bodies, endpoint.id), `Say in this test what reaches ${endpoint.id}.`);
  return bodies[endpoint.id];
}

const withIds = inOrganization.filter((endpoint) => /:(?!organization|name)/.test(endpoint.path));
for (const endpoint of withIds) {
  test(`${endpoint.id} says the same of an id of another organization as of one that does not exist, and leaves it alone`, async () => {
    const body = bodyFor(endpoint);
    const query = endpoint.id === 'uploadDocument' ? '?name=a.txt' : '';
    const before = await everything();
    const call = (ids: Record<string, string>) =>
      instance.call(endpoint.method, addressOf(endpoint, 'own', ids) + query, {
        token: members.owner.token,
        body,
        headers: endpoint.body === 'stream' ? { 'content-type': 'text/plain' } : {},
      });
    const foreign = await call(other.ids);
    const missing = await call({});
    assert.equal(missing.status, 404, missing.text);
    assert.equal(visible(foreign), visible(missing));
    // A component of ours under a project of theirs, and the reverse.
    if (endpoint.path.includes(':component')) {
      assert.equal(visible(await call({ ...own.ids, project: other.ids.project })), visible(missing));
      assert.equal(visible(await call({ ...own.ids, component: other.ids.component })), visible(missing));
    }
    // A trigger of theirs under a workflow of ours, and the reverse.
    if (endpoint.path.includes(':trigger')) {
      assert.equal(visible(await call({ ...own.ids, workflow: other.ids.workflow })), visible(missing));
      const none = await call({ ...own.ids, trigger: uuidv7() });
      assert.equal(none.status, 404);
      assert.equal(visible(await call({ ...own.ids, trigger: other.ids.trigger })), visible(none));
    }
    assert.deepEqual(await everything(), before);
  });
}

/** What the other organization has, as its owner sees it. */
async function everything(): Promise<unknown> {
  const { token } = other.organization.owner;
  const paths = [
    'projects',
    `projects/${other.ids.project}/components`,
    'workflows',
    `workflows/${other.ids.workflow}/triggers`,
    'members',
    'invitations',
    'runs',
    'secrets',
    'tokens',
    'secret-requests',
  ];
  const replies = await Promise.all(paths.map((path) => instance.call('GET', `/api/organizations/other/${path}`, { token })));
  // A token's last use changes by looking.
  return replies.map((reply) => reply.text.replaceAll(/"lastUsedAt":"[^"]*"/g, ''));
}

test('ids of another organization in a body are unknown', async () => {
  const { token } = members.owner;
  const send = (method: string, path: string, body: unknown) => instance.call(method, `/api/organizations/own/${path}`, { token, body });
  const workflow = { name: 'w', source: { kind: 'upload' } };
  const tried = { name: 't', type: 'azure-blob-publisher', configuration: { container: 'tried' } };
  const cases: [string, string, (id: string) => unknown, string][] = [
    ['PATCH', `secrets/${SECRET_NAME}`, (id) => ({ scope: { kind: 'projects', projectIds: [id] } }), other.ids.project],
    ['PATCH', `secrets/${SECRET_NAME}`, (id) => ({ ownerId: id }), other.organization.owner.userId],
    ['POST', 'workflows', (id) => ({ ...workflow, projectId: id, steps: [{ componentId: own.ids.component }] }), other.ids.project],
    ['POST', 'workflows', (id) => ({ ...workflow, projectId: own.ids.project, steps: [{ componentId: id }] }), other.ids.component],
    ['POST', `projects/${own.ids.project}/component-tests`, (id) => ({ ...tried, componentId: id }), other.ids.component],
    ['PUT', `workflows/${own.ids.workflow}`, (id) => ({ ...workflow, steps: [{ componentId: id }] }), other.ids.component],
  ];
  for (const [method, path, body, foreignId] of cases) {
    const foreign = await send(method, path, body(foreignId));
    const missing = await send(method, path, body(uuidv7()));
    assert.ok(missing.status >= 400 && missing.status < 500, missing.text);
    assert.equal(visible(foreign), visible(missing), `${method} ${path}`);
  }
});

test('a document of another organization, and one of another project, cannot be taken into a run', async () => {
  const root = '/api/organizations/other';
  const sent = { token: other.organization.owner.token, body: 'theirs', headers: { 'content-type': 'text/plain' } };
  const document = await instance.call('POST', `${root}/projects/${other.ids.project}/documents?name=b.txt`, sent);
  const start = (documentId: string) =>
    instance.call('POST', `/api/organizations/own/workflows/${own.ids.workflow}/runs`, {
      token: members.owner.token,
      body: { documentIds: [documentId] },
    });
  const foreign = await start(document.json.id);
  assert.equal(foreign.status, 400);
  assert.equal(visible(foreign), visible(await start(uuidv7())));
});

test('a token opens its own organization only, even for somebody who is a member of both', async () => {
  const { userId, token } = members.owner;
  await instance.db
    .insertInto('auth.member')
    .values({ id: uuidv7(), organizationId: other.organization.id, userId, role: 'owner', createdAt: new Date() })
    .execute();
  const reply = await instance.call('GET', '/api/organizations/other/secrets', { token });
  assert.equal(reply.status, 404);
  const session = await instance.call('GET', '/api/session', { token });
  assert.deepEqual(
    session.json.organizations.map((organization: { slug: string }) => organization.slug),
    ['own'],
  );
  await instance.db.deleteFrom('auth.member').where('organizationId', '=', other.organization.id).where('userId', '=', userId).execute();
});

test('a change of role, a removal and a revocation apply to the very next request', async () => {
  const organization = own.organization;
  const { token: ownerToken } = organization.owner;
  const member = await instance.addMember(organization, 'admin');
  const look = () => instance.call('GET', '/api/organizations/own/secrets', { token: member.token });
  assert.equal((await look()).status, 200);
  const address = `/api/organizations/own/members/${member.memberId}`;
  assert.equal((await instance.call('PATCH', address, { token: ownerToken, body: { role: 'editor' } })).status, 204);
  assert.equal((await look()).status, 403);
  assert.equal((await instance.call('DELETE', address, { token: ownerToken })).status, 204);
  assert.equal((await look()).status, 401);
});
