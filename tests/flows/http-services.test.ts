import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../data/testing/instance.ts';
import { auditOf, finishedRun, itemsOf, logOf, startTestRun } from '../../data/testing/runs.ts';
import { type HttpService, httpService } from '../harness/http-service.ts';

const TOKEN = 'canary3-Token.of.a.service_4';
const HOOK = 'T00canary5Hook6';
const SIGNING_SECRET = 'whsec_8canary1SigningSecret';

/** A service that has documents, makes something of them, takes them, and is posted about them. */
describe('a run over services that speak HTTP', { concurrency: false }, () => {
  let service: HttpService;
  let instance: TestInstance;
  let place: TestOrganization;
  before(async () => {
    service = await httpService({ tls: false });
    instance = await testInstance();
    place = await testOrganization(instance);
  });
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    service.requests.length = 0;
    let busy = true;
    service.answer(({ method, path, headers, body }, response) => {
      const known = headers.authorization === `Bearer ${TOKEN}` || path === `/hooks/${HOOK}`;
      if (!known) response.writeHead(401).end();
      else if (path === '/list')
        response.end(
          JSON.stringify([
            { url: '/d/1', name: 'in/März.txt', version: '1' },
            { url: '/d/2', name: 'b.txt' },
          ]),
        );
      else if (method === 'GET') response.writeHead(200, { 'content-type': 'text/plain' }).end(`text of ${path}`);
      else if (path === '/infer')
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ said: String(body) }));
      else if (busy) {
        busy = false;
        response.writeHead(429, { 'retry-after': '0' }).end();
      } else response.writeHead(201).end();
    });
  });

  const component = async (type: string, configuration: Record<string, unknown>, bindings: Parameters<typeof testComponent>[3]) =>
    testComponent(instance, place, configuration, bindings, undefined, type);

  it('reads, transforms, publishes and posts with secrets of the organization, and shows none of them', async () => {
    const destinations = [`${service.origin}`];
    const credential = await testSecret(instance, place, 'SERVICE_TOKEN', TOKEN, { destinations });
    const url = await testSecret(instance, place, 'HOOK_URL', `${service.origin}/hooks/${HOOK}`);
    const signingSecret = await testSecret(instance, place, 'SIGNING_SECRET', SIGNING_SECRET, { destinations });
    const bearer = { authentication: 'bearer' };
    const source = await component('http-source', { url: `${service.origin}/list`, ...bearer }, { credential });
    const model = await component('http-model', { url: `${service.origin}/infer`, ...bearer }, { credential });
    const publisher = await component('http-publisher', { baseUrl: `${service.origin}/files`, ...bearer }, { credential });
    const webhook = await component('webhook-publisher', { format: 'json', content: 'text' }, { url, signingSecret });
    const steps = [
      { componentId: model, name: 'extract' },
      { componentId: publisher, name: 'store', input: 'extract' },
      { componentId: webhook, name: 'tell' },
    ];
    const runId = await startTestRun(instance, place, steps, [], { kind: 'component', componentId: source, documents: 'all' });
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'succeeded', `${JSON.stringify(run.failure)} ${(await logOf(instance, runId)).join('\n')}`);

    const stored = service.requests.filter(({ method }) => method === 'PUT');
    const last = new Map(stored.map(({ path, body }) => [path, String(body)]));
    assert.deepEqual(Object.fromEntries(last), {
      '/files/b.json': '{"said":"text of /d/2"}',
      '/files/in/M%C3%A4rz.json': '{"said":"text of /d/1"}',
    });
    const posted = service.requests.filter(({ path }) => path.startsWith('/hooks/'));
    assert.deepEqual(new Set(posted.map(({ body }) => JSON.parse(String(body)).text)), new Set(['text of /d/1', 'text of /d/2']));
    for (const { headers, body } of posted) {
      const [, seconds, given] = /^t=(\d+),v1=(.*)$/.exec(String(headers['x-holdfast-signature'])) ?? [];
      assert.equal(given, createHmac('sha256', SIGNING_SECRET).update(`${seconds}.`).update(body).digest('hex'));
    }
    // The 429 was tried again, with the same key.
    const keys = [...stored, ...posted].map(({ headers }) => headers['idempotency-key']);
    assert.equal(keys.length, 5);
    assert.equal(new Set(keys).size, 4);

    const shown = JSON.stringify(
      [run, await itemsOf(instance, runId), await logOf(instance, runId), await auditOf(instance, place)],
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    );
    for (const value of [TOKEN, HOOK, SIGNING_SECRET]) assert.ok(!shown.includes(value));
  });

  it('sends a token nowhere that nobody has approved', async () => {
    const credential = await testSecret(instance, place, 'UNAPPROVED', TOKEN);
    const publisher = await component('http-publisher', { baseUrl: service.origin, authentication: 'bearer' }, { credential });
    const run = await finishedRun(instance, await startTestRun(instance, place, [publisher], [{ name: 'a.txt', bytes: Buffer.from('x') }]));
    assert.equal(run.status, 'failed');
    assert.match(JSON.stringify(run.failure), /destination_refused/);
    assert.deepEqual(service.requests, []);
  });
});
