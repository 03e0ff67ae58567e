import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ENDPOINTS } from '@holdfast/api';
import { anEnvelope } from '../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../testing/fixtures.ts';
import { type Reply, type TestInstance, testInstance } from '../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
let made = 0;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
});
after(() => instance[Symbol.asyncDispose]());

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return instance.call(method, `/api/organizations/own/${path}`, { token: own.organization.owner.token, body, headers });
}

/** Something that has an ETag. */
interface Thing {
  readonly path: string;
  /** Of the requests about it. */
  readonly id: string;
  /** As somebody else does meanwhile; each time it is another change. */
  change(): Promise<Reply>;
}

async function aSecret(): Promise<Thing> {
  const path = `secrets/MATCHED_${++made}`;
  const { json } = await call('PUT', path, { envelope: anEnvelope(own.organization.keyId) });
  return { path, id: json.id, change: () => call('PATCH', path, { description: `Changed ${++made} times.` }) };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
const options = (container: string) => ({ connectionString: '${secret.AZURE_STORAGE}', container });

async function aComponent(): Promise<Thing> {
  const components = `projects/${own.ids.project}/components`;
  const body = { name: `Component ${++made}`, configuration: options('archive') };
  const { json } = await call('POST', components, { ...body, type: 'azure-blob-publisher' });
  const path = `${components}/${json.id}`;
  const change = async () => {
    const { revision } = (await call('GET', path)).json;
    return call('PUT', path, { ...body, revision, configuration: options(`archive-${++made}`) });
  };
  return { path, id: json.id, change };
}

const definition = (condition: string) => ({
  source: { kind: 'upload' },
  steps: [{ componentId: own.ids.component, name: 'archive', condition }],
});

/** With a draft beside its version. */
async function aWorkflow(): Promise<Thing> {
  const name = `Workflow ${++made}`;
  const body = { name, projectId: own.ids.project, ...definition('document.size > 1') };
  const { json } = await call('POST', 'workflows', body);
  const path = `workflows/${json.id}`;
  const change = () => call('PUT', path, { name, ...definition(`document.size > ${++made}`), publish: false });
  await change();
  return { path, id: json.id, change };
}

interface Request {
  readonly make: () => Promise<Thing>;
  /** After the path of the thing. */
  readonly under?: string;
  readonly body?: (thing: Thing, read: Reply) => object;
}

/** Every endpoint that takes `If-Match`. */
const REQUESTS: Readonly<Record<string, Request>> = {
  putSecret: { make: aSecret, body: ({ id }) => ({ envelope: anEnvelope(own.organization.keyId, id) }) },
  updateSecret: { make: aSecret, body: () => ({ description: `Mine ${++made}.` }) },
  deleteSecret: { make: aSecret },
  updateComponent: {
    make: aComponent,
    // As it is by now: it is the header that is stale.
    body: (_, { json }) => ({ name: json.name, configuration: options(`mine-${++made}`), revision: json.revision }),
  },
  deleteComponent: { make: aComponent },
  updateWorkflow: { make: aWorkflow, body: (_, { json }) => ({ name: json.name, ...definition(`document.size > ${++made}`) }) },
  publishWorkflow: { make: aWorkflow, under: '/publish', body: () => ({ note: 'Mine.' }) },
  discardWorkflowDraft: { make: aWorkflow, under: '/draft' },
  restoreWorkflowVersion: { make: aWorkflow, under: '/versions/1/restore' },
  setWorkflowLimits: { make: aWorkflow, under: '/limits', body: () => ({ maximumRuns: 1 + (++made % 90) }) },
  setWorkflowRetention: {
    make: aWorkflow,
    under: '/retention',
    body: () => ({ documentDays: ++made, logDays: null, runDays: null }),
  },
  deleteWorkflow: { make: aWorkflow },
};

const conditional = ENDPOINTS.filter(({ headers }) => headers !== undefined && 'if-match' in headers.shape);

test('every endpoint that takes If-Match is tried here', () => {
  assert.deepEqual(conditional.map(({ id }) => id).sort(), Object.keys(REQUESTS).sort());
});

test('what is read has an ETag when its endpoint says so, and else none', async () => {
  const known: Record<string, string> = { organization: 'own', name: own.secret, ...own.ids };
  const tagged: string[] = [];
  for (const endpoint of ENDPOINTS.filter(({ method, load }) => method === 'GET' && load !== 'watch')) {
    const path = endpoint.path.replace(/:([a-z]+)/g, (_, name: string) => known[name] ?? '1');
    const reply = await instance.call('GET', path, { token: own.organization.owner.token });
    if (reply.status !== 200) continue;
    assert.equal(reply.headers.etag !== undefined, endpoint.tagged === true, endpoint.id);
    if (endpoint.tagged) tagged.push(endpoint.id);
  }
  assert.deepEqual(tagged.sort(), ['getComponent', 'getSecret', 'getWorkflow']);
});

for (const { id, method, tagged } of conditional) {
  const { make, under = '', body } = REQUESTS[id] ?? assert.fail(id);

  test(`${id} takes the ETag that was read, and nothing is changed under a stale one`, async () => {
    const thing = await make();
    const send = (tag: string, read: Reply) => call(method, `${thing.path}${under}`, body?.(thing, read), { 'if-match': tag });
    const first = await call('GET', thing.path);
    const stale = String(first.headers.etag);
    assert.match(stale, /^"[^"]+"$/);
    assert.equal((await thing.change()).status, 200);
    const read = await call('GET', thing.path);
    const current = String(read.headers.etag);
    assert.notEqual(current, stale);
    const events = async () => (await call('GET', 'audit?limit=1')).json.items[0].sequence;
    const recorded = await events();
    const refused = await send(stale, read);
    assert.deepEqual([refused.status, refused.json?.code, refused.json?.field], [412, 'precondition_failed', 'if-match'], refused.text);
    assert.equal((await call('GET', thing.path)).text, read.text);
    assert.equal(await events(), recorded);
    const done = await send(current, read);
    assert.ok([200, 204].includes(done.status), done.text);
    assert.equal(done.headers.etag !== undefined, tagged === true, 'its endpoint says whether there is one');
    const after = await call('GET', thing.path);
    if (done.headers.etag === undefined) assert.equal(after.status, 404, 'what changes it says what its ETag is');
    else assert.equal(done.headers.etag, after.headers.etag);
    assert.notEqual(after.headers.etag, current);
  });

  test(`${id} takes “*” for anything that is there`, async () => {
    const thing = await make();
    const read = await call('GET', thing.path);
    const done = await call(method, `${thing.path}${under}`, body?.(thing, read), { 'if-match': '*' });
    assert.ok([200, 204].includes(done.status), done.text);
  });

  test(`${id} takes a list of tags of which one is current, and no other list`, async () => {
    const thing = await make();
    const stale = String((await call('GET', thing.path)).headers.etag);
    await thing.change();
    const read = await call('GET', thing.path);
    const send = (tags: string) => call(method, `${thing.path}${under}`, body?.(thing, read), { 'if-match': tags });
    const refused = await send(`${stale}, W/"999999"`);
    assert.deepEqual([refused.status, refused.json?.code, refused.json?.field], [412, 'precondition_failed', 'if-match'], refused.text);
    const done = await send(`${stale}, W/${read.headers.etag}`);
    assert.ok([200, 204].includes(done.status), done.text);
  });

  test(`${id} takes “*” in quotes for no wildcard`, async () => {
    const thing = await make();
    const read = await call('GET', thing.path);
    for (const tags of ['"*"', 'W/"*"', '"999999", "*"', '"999999", *']) {
      const refused = await call(method, `${thing.path}${under}`, body?.(thing, read), { 'if-match': tags });
      assert.ok([400, 412].includes(refused.status), `${tags}: ${refused.text}`);
      assert.equal((await call('GET', thing.path)).text, read.text);
    }
  });
}

test('a component that was changed meanwhile says by whom and when, by whichever field the change names its revision', async () => {
  const { path, change } = await aComponent();
  const { name, configuration, revision } = (await call('GET', path)).json;
  await change();
  const { updatedAt, updatedBy } = (await call('GET', path)).json;
  // Here it was the caller, as in another window.
  assert.equal(updatedBy.id, own.organization.owner.userId);
  const said = `“${name}” was changed by ${updatedBy.name} at ${updatedAt}: it is at revision 2, and this change begins from 1.`;
  const body = { name, configuration, revision };
  for (const [field, refused] of [
    ['if-match', await call('PUT', path, { ...body, revision: 2 }, { 'if-match': '"1"' })],
    ['if-match', await call('DELETE', path, undefined, { 'if-match': '"1"' })],
    ['revision', await call('PUT', path, body)],
  ] as const) {
    assert.deepEqual([refused.status, refused.json.field, refused.json.detail], [412, field, said]);
  }
});

test('a secret may be named by its version or its metadata alone, weakly, or among others', async () => {
  const thing = await aSecret();
  const read = async () => (await call('GET', thing.path)).json;
  const patch = (tag: string) => call('PATCH', thing.path, { description: `Mine ${++made}.` }, { 'if-match': tag });
  const { currentVersionId, metadataRevision } = await read();
  await thing.change();
  assert.equal((await patch(`"${currentVersionId}"`)).status, 200, 'its value is the same');
  assert.equal((await patch(String(metadataRevision))).status, 412, 'its metadata is not');
  assert.equal((await patch(`"${(await read()).metadataRevision}"`)).status, 200);
  const { etag } = (await call('GET', thing.path)).headers;
  assert.equal((await patch(`"another", W/${etag}`)).status, 200);
  await call('PUT', thing.path, { envelope: anEnvelope(own.organization.keyId, thing.id) });
  for (const stale of [`"${currentVersionId}"`, currentVersionId, '"another"', `"${currentVersionId}.x"`]) {
    for (const [method, body] of [
      ['PATCH', { description: 'Late.' }],
      ['DELETE', undefined],
      ['PUT', { envelope: anEnvelope(own.organization.keyId, thing.id) }],
    ] as const) {
      assert.equal((await call(method, thing.path, body, { 'if-match': stale })).status, 412, `${method} ${stale}`);
    }
  }
});
