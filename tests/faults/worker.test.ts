import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestDatabase, testDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { type Account, sealFor, setUp } from '../harness/account.ts';
import { eventually } from '../harness/eventually.ts';
import { type HttpService, httpService } from '../harness/http-service.ts';
import { startNode, type TestNode } from '../harness/node.ts';
import { createProject, finishRun, listItems, startRun } from '../harness/workspace.ts';
import { exportedEvents } from './exported-events.ts';
import { recordFigures, SIZES } from './sizes.ts';

const ROUNDS = SIZES.workerKills;
const TOKEN = 'the token of the service, 32 chars';
const KEY = 'the key of the webhook, 32 letters';
const CHAT = '/store/tell/T0d8f3a91c27b64e5';
/** Enough that a data plane is killed while some are done and others are not. */
const DOCUMENTS = 24;
const SCHEDULES = 30;
const DELIVERIES = 12;
/** Of each request, so that some are always under way. */
const ANSWER_MILLISECONDS = 25;

interface Asked {
  readonly path: string;
  readonly key: string;
  readonly at: number;
}

/** Documents, a model and a store, of one service, which knows a request again by its key. */
class Service {
  readonly http: HttpService;
  /** What is there to be read, by name. */
  readonly documents = new Set<string>();
  /** Requests to model and store. */
  readonly asked: Asked[] = [];
  /** Answers of the store that wait until somebody lets them go; none waits while this is undefined. */
  held: (() => void)[] | undefined;

  constructor(http: HttpService) {
    this.http = http;
    http.answer(({ method, path, headers }, response) => {
      // The address of the chat is its own secret.
      if (headers.authorization !== `Bearer ${TOKEN}` && path !== CHAT) return void response.writeHead(401).end();
      if (path === '/list') {
        return void response.end(JSON.stringify([...this.documents].map((name) => ({ url: `/documents/${name}`, name, version: '1' }))));
      }
      if (method === 'GET') return void response.writeHead(200, { 'content-type': 'text/plain' }).end(`text of ${path}`);
      this.asked.push({ path, key: String(headers['idempotency-key']), at: performance.now() });
      const answer = () => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"read":true}');
      if (this.held !== undefined && path.startsWith('/store/')) this.held.push(answer);
      else setTimeout(answer, ANSWER_MILLISECONDS);
    });
  }

  releaseHeld(): void {
    for (const answer of this.held ?? []) answer();
    this.held = undefined;
  }

  /** What was stored under a name: a request with a key that it knows changes nothing. */
  stored(prefix: string): Map<string, Set<string>> {
    const keys = new Map<string, Set<string>>();
    for (const { path, key } of this.asked) {
      if (path.startsWith(`/store/${prefix}`)) keys.set(path, (keys.get(path) ?? new Set()).add(key));
    }
    return keys;
  }
}

describe('two data planes, of which one is killed', { concurrency: false }, () => {
  const cleanup = new AsyncDisposableStack();
  let database: TestDatabase;
  let owner: pg.Client;
  let service: Service;
  let base: string;
  let nodes: Record<'one' | 'two', TestNode>;
  let account: Account;
  let components: Record<'source' | 'model' | 'store' | 'message', string>;
  let project: string;

  const data = async (name: 'one' | 'two') =>
    startNode('data', join(base, name), { DATABASE_URL: database.dataUrl, HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${service.http.port}` });

  before(async () => {
    const http = cleanup.use(await httpService({ tls: false }));
    service = new Service(http);
    database = cleanup.use(await testDatabase());
    base = await mkdtemp(join(tmpdir(), 'holdfast-worker-'));
    cleanup.defer(() => rm(base, { recursive: true, force: true }));
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    cleanup.defer(() => owner.end());
    const one = await data('one');
    // The same root key, in a home of its own.
    await mkdir(join(base, 'two', 'keys'), { recursive: true, mode: 0o700 });
    await cp(join(base, 'one', 'keys', 'root.key'), join(base, 'two', 'keys', 'root.key'));
    nodes = { one, two: one };
    cleanup.defer(async () => {
      for (const node of new Set(Object.values(nodes))) await node[Symbol.asyncDispose]();
    });
    nodes.two = await data('two');
    const control = cleanup.use(await startNode('control', join(base, 'control'), { DATABASE_URL: database.controlUrl }));
    account = await setUp({ home: join(base, 'control'), controlUrl: control.url });
    project = await createProject(account, 'Incoming');
    await secret('SERVICE', TOKEN, [http.origin]);
    await secret('HOOK', KEY);
    await secret('CHAT', `${http.origin}${CHAT}`);
    const component = async (name: string, type: string, configuration: object) =>
      (await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), { name, type, configuration })).id;
    const access = { authentication: 'bearer', credential: `\${secret.SERVICE}` };
    components = {
      source: await component('Inbox', 'http-source', { url: `${http.origin}/list`, ...access }),
      model: await component('Reader', 'http-model', { url: `${http.origin}/model`, ...access }),
      message: await component('Message', 'webhook-publisher', { url: `\${secret.CHAT}`, format: 'slack' }),
      store: await component('Store', 'http-publisher', { baseUrl: `${http.origin}/store`, method: 'POST', ...access }),
    };
  });
  after(() => cleanup.disposeAsync());

  async function secret(name: string, value: string, destinations: readonly string[] = []): Promise<void> {
    const envelope = await sealFor(account, value, 'secret-value', undefined, destinations);
    await account.call('PUT', account.at(`/secrets/${name}`), { envelope });
  }

  async function workflow(name: string, source: object): Promise<string> {
    const { source: _, model, store } = components;
    const steps = [
      { componentId: model, name: 'read' },
      { componentId: store, name: 'store', input: 'read' },
    ];
    return (await account.call<{ id: string }>('POST', account.at('/workflows'), { projectId: project, name, source, steps })).id;
  }

  const trigger = async (workflowId: string, name: string, settings: object) =>
    (await account.call<{ id: string }>('POST', account.at(`/workflows/${workflowId}/triggers`), { name, settings })).id;

  /** Ends a data plane with SIGKILL, has `meanwhile` happen, and starts it again. */
  async function kill(name: 'one' | 'two', meanwhile: () => Promise<void>): Promise<void> {
    await nodes[name].kill();
    await meanwhile();
    nodes[name] = await data(name);
  }

  const query = async <T>(text: string, values: unknown[] = []) => (await owner.query(text, values)).rows as T[];

  async function assertRecord(runs: readonly string[]): Promise<void> {
    const { events, verification } = await exportedEvents(account);
    assert.ok(verification.valid, JSON.stringify(verification));
    assert.deepEqual(await query('select code from holdfast.record_state where stopped_since is not null'), []);
    for (const action of ['run.start', 'run.finish']) {
      const counted = Map.groupBy(
        events.filter((event) => event.action === action),
        ({ run }) => run,
      );
      for (const run of runs) assert.equal(counted.get(run)?.length, 1, `${action} of ${run}`);
    }
  }

  it(`loses no document of a run, repeats no step that was done, and publishes each once (${ROUNDS})`, { timeout: 600_000 }, async () => {
    const id = await workflow('Read and store', { kind: 'component', componentId: components.source, documents: 'all' });
    let repeated = 0;
    for (let round = 0; round < ROUNDS; round++) {
      service.documents.clear();
      for (let number = 0; number < DOCUMENTS; number++) service.documents.add(`${round}-${number}.txt`);
      const run = await startRun(account, id);
      const stored = () => service.stored(`${round}-`);
      await eventually('some documents to be stored', () => stored().size >= 3 + (round % 10), { everyMilliseconds: 5 });
      // So that it is killed while a document has one step behind it and the next under way.
      service.held = [];
      await eventually('a document to be on its way into the store', () => (service.held?.length ?? 0) > 0, { everyMilliseconds: 5 });
      const busy = async ({ url }: TestNode) =>
        /^holdfast_run_slots\{state="taken"\} [1-9]/m.test(await (await fetch(`${url}/metrics`)).text());
      const working = (await busy(nodes.one)) ? 'one' : 'two';
      await kill(working, async () => {
        service.releaseHeld();
        assert.ok(stored().size < DOCUMENTS, 'it was killed before the end');
        // Whatever it had noted is noted by now.
        const killedAt = performance.now();
        const done = await query<{ key: string }>(
          `select i.item_id || '-' || (step.place - 1) as key from holdfast.item_step i
           join holdfast.run r on r.organization_id = i.organization_id and r.id = i.run_id,
           jsonb_array_elements(r.definition -> 'steps') with ordinality as step (part, place)
           where r.id = $1 and step.part ->> 'id' = i.step_id::text`,
          [run.id],
        );
        assert.ok(done.length > 0, 'steps were done before');
        const view = await finishRun(account, run.id);
        assert.equal(view.status, 'succeeded', JSON.stringify([view.failure, await listItems(account, run.id)]));
        const again = new Set(service.asked.filter(({ at }) => at > killedAt).map(({ key }) => key));
        assert.deepEqual(
          done.filter(({ key }) => again.has(key)),
          [],
          'a step that was done is not repeated',
        );
      });
      const items = await listItems(account, run.id);
      assert.deepEqual(
        items.map(({ name, status }) => `${name} ${status}`).sort(),
        [...service.documents].map((name) => `${name} published`).sort(),
      );
      // What was under way is asked again with the same key, by which the service knows it.
      const keys = stored();
      assert.deepEqual([...keys.keys()].sort(), [...service.documents].map((name) => `/store/${name.replace('.txt', '.json')}`).sort());
      for (const [path, used] of keys) assert.equal(used.size, 1, path);
      const times = Map.groupBy(
        service.asked.filter(({ key }) => items.some((item) => key.startsWith(item.id))),
        ({ key }) => key,
      );
      assert.equal(times.size, 2 * DOCUMENTS, 'each document went through both steps');
      for (const [key, requests] of times) assert.ok(requests.length <= 2, key);
      repeated += [...times.values()].filter(({ length }) => length > 1).length;
      await assertRecord([run.id]);
    }
    recordFigures('a data plane killed while it runs a workflow', {
      rounds: ROUNDS,
      documents: ROUNDS * DOCUMENTS,
      'documents lost': 0,
      'finished steps repeated': 0,
      'requests under way sent again with their key': repeated,
    });
  });

  it('does not send a message again that may have been sent, and says so of its document', { timeout: 120_000 }, async () => {
    service.documents.clear();
    for (let number = 0; number < DOCUMENTS; number++) service.documents.add(`message-${number}.txt`);
    const steps = [{ componentId: components.message, name: 'tell' }];
    const source = { kind: 'component', componentId: components.source, documents: 'all' };
    const { id } = await account.call<{ id: string }>('POST', account.at('/workflows'), {
      projectId: project,
      name: 'Tell',
      source,
      steps,
    });
    const asked = () => service.asked.filter(({ path }) => path === CHAT);
    const run = await startRun(account, id);
    await eventually('some messages to be sent', () => asked().length > 5, { everyMilliseconds: 5 });
    service.held = [];
    await eventually('messages to be on their way', () => (service.held?.length ?? 0) > 0, { everyMilliseconds: 5 });
    const busy = async ({ url }: TestNode) =>
      /^holdfast_run_slots\{state="taken"\} [1-9]/m.test(await (await fetch(`${url}/metrics`)).text());
    await kill((await busy(nodes.one)) ? 'one' : 'two', async () => service.releaseHeld());
    const view = await finishRun(account, run.id);
    const items = await listItems(account, run.id);
    const uncertain = items.filter(({ failure }) => failure?.code === 'publication_uncertain');
    assert.equal(view.status, 'failed');
    // Four at a time, and those whose results were on their way.
    assert.ok(uncertain.length > 0 && uncertain.length <= 12, JSON.stringify(items));
    for (const { name, status } of items) {
      assert.equal(status, uncertain.some((each) => each.name === name) ? 'failed' : 'published', name);
    }
    const keys = asked().map(({ key }) => key);
    assert.deepEqual(keys.toSorted(), [...new Set(keys)].sort(), 'no message is sent twice');
    await account.call('POST', account.at(`/runs/${run.id}/retry`), {});
    assert.equal((await finishRun(account, run.id)).status, 'succeeded');
    const again = asked().slice(keys.length);
    assert.equal(again.length, uncertain.length, 'a person has them sent again');
    for (const { id: item } of uncertain) assert.ok(again.some(({ key }) => key.startsWith(item)));
  });

  it(`starts a run for each time, delivery and document once (${ROUNDS})`, { timeout: 600_000 }, async () => {
    const figures = { times: 0, missed: 0, deliveries: 0, 'deliveries sent again': 0 };
    const reading = { kind: 'component', componentId: components.source, documents: 'all' };
    for (let round = 0; round < ROUNDS; round++) {
      service.documents.clear();
      const scheduled = await workflow(`Scheduled ${round}`, { ...reading, documents: 'new' });
      const hooked = await workflow(`Hooked ${round}`, { kind: 'upload' });
      const polled = await workflow(`Polled ${round}`, reading);
      // A minute of their own in the last hours each; some leave out what was missed.
      const now = new Date();
      const cron: { id: string; at: Date; missed: 'once' | 'skip' }[] = [];
      for (let number = 0; number < SCHEDULES; number++) {
        const at = new Date(Math.floor(now.getTime() / 60_000 - 5 - 7 * number) * 60_000);
        const missed = number % 5 === 4 ? 'skip' : 'once';
        const target = number < 15 ? scheduled : polled;
        const expression = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
        cron.push({ id: await trigger(target, `At ${expression}`, { kind: 'cron', expression, missed }), at, missed });
      }
      const hook = await trigger(hooked, 'Deliveries', { kind: 'webhook', secretName: 'HOOK', documentName: `hook-${round}-{delivery}` });
      const poll = await trigger(polled, 'New documents', { kind: 'poll', everyMinutes: 1 });
      const ids = cron.map(({ id }) => id);
      await eventually('the next times to be known', async () => {
        const known = await query('select from holdfast.trigger_state where trigger_id = any($1) and next_at is not null', [
          [...ids, poll],
        ]);
        return known.length === ids.length + 1;
      });
      for (let number = 0; number < 6; number++) service.documents.add(`poll-${round}-${number}.txt`);
      // All of it is due at once.
      await owner.query(
        `update holdfast.trigger_state s set next_at = due.at, outcome = null from unnest($1::uuid[], $2::timestamptz[]) as due (id, at)
         where s.trigger_id = due.id`,
        [
          [...ids, poll],
          [...cron.map(({ at }) => at), new Date(now.getTime() - 60_000)],
        ],
      );
      const leads = await leader();
      const answers = Array.from({ length: DELIVERIES }, (_, number) => deliver(round, hook, number, leads));
      await eventually('some of it to be fired', async () => (await runsOf(ids)).length >= 3, { everyMilliseconds: 2 });
      await kill(leads, async () => {
        const fired = (await runsOf(ids)).length;
        assert.ok(fired < SCHEDULES, `it was killed in the middle: ${fired}`);
        await eventually(
          'every schedule to be fired or missed',
          async () => {
            const rows = await query('select from holdfast.trigger_state where trigger_id = any($1) and outcome is not null', [
              [...ids, poll],
            ]);
            return rows.length === ids.length + 1;
          },
          { withinMilliseconds: 90_000 },
        );
      });
      const runs = await runsOf(ids);
      for (const { id, at, missed } of cron) {
        const own = runs.filter(({ trigger: of }) => of === id);
        const [state] = await query<{ outcome: string }>('select outcome from holdfast.trigger_state where trigger_id = $1', [id]);
        if (missed === 'skip') assert.deepEqual([own.length, state?.outcome], [0, 'missed']);
        else assert.deepEqual([own.map(({ key }) => key), state?.outcome], [[`trigger ${id} cron ${at.toISOString()}`], 'started']);
      }
      const delivered = await Promise.all(answers);
      const ofHook = await runsOf([hook]);
      assert.deepEqual(delivered.map(({ run }) => run).sort(), ofHook.map(({ id }) => id).sort(), 'each delivery has one run');
      // The connector is asked until its documents are through.
      await eventually('the documents to be stored', () => service.stored(`poll-${round}-`).size === 6, { withinMilliseconds: 90_000 });
      const all = [...runs, ...ofHook, ...(await runsOf([poll]))];
      for (const { id } of all) await finishRun(account, id, 90_000);
      for (const [path, keys] of service.stored(`hook-${round}-`)) assert.equal(keys.size, 1, path);
      assert.equal(service.stored(`hook-${round}-`).size, DELIVERIES);
      await assertRecord(all.map(({ id }) => id));
      figures.times += cron.length;
      figures.missed += cron.filter(({ missed }) => missed === 'skip').length;
      figures.deliveries += DELIVERIES;
      figures['deliveries sent again'] += delivered.filter(({ attempts }) => attempts > 1).length;
      for (const id of [scheduled, hooked, polled]) await account.call('DELETE', account.at(`/workflows/${id}`));
    }
    recordFigures('a data plane killed while it fires triggers', { rounds: ROUNDS, ...figures, 'fired twice': 0, 'fired not at all': 0 });
  });

  async function leader(): Promise<'one' | 'two'> {
    const [row] = await query<{ process_id: number }>('select n.process_id from holdfast.lease l join holdfast.node n on n.id = l.node_id');
    return row?.process_id === nodes.one.pid ? 'one' : 'two';
  }

  const runsOf = (triggers: readonly string[]) =>
    query<{ id: string; trigger: string; key: string }>(
      `select id, started_by ->> 'id' as trigger, idempotency_key as key from holdfast.run where started_by ->> 'id' = any($1)`,
      [triggers],
    );

  /**
   * As a sender does: the same request again until it is taken, at the other address when there is no answer.
   */
  async function deliver(round: number, hook: string, number: number, first: 'one' | 'two'): Promise<{ run: string; attempts: number }> {
    const body = JSON.stringify({ round, number });
    const seconds = Math.floor(Date.now() / 1_000);
    const signature = `t=${seconds},v1=${createHmac('sha256', KEY).update(`${seconds}.${body}`).digest('hex')}`;
    const other = first === 'one' ? 'two' : 'one';
    for (let attempts = 1; attempts < 60; attempts++) {
      const { url } = nodes[attempts % 2 === 1 ? first : other];
      const answer = await fetch(`${url}/hooks/${account.organization.slug}/${hook}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-holdfast-signature': signature },
        body,
      }).catch(() => undefined);
      const json = (await answer?.json().catch(() => undefined)) as { run?: { id: string } } | undefined;
      if (answer?.status === 202 && json?.run !== undefined) return { run: json.run.id, attempts };
      await sleep(100);
    }
    throw new Error(`Delivery ${number} was never taken.`);
  }
});
