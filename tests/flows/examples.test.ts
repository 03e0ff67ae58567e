import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startRun, uploadDocument } from '@holdfast/api';
import { testDatabase } from '@holdfast/db/testing';
import { createClient } from '@holdfast/sdk';
import { EXAMPLES, type Example } from '../../examples/index.ts';
import { setUp } from '../harness/account.ts';
import { holdfast } from '../harness/command-line.ts';
import { eventually } from '../harness/eventually.ts';
import { type Arranged, finishExample, type Place, sealSecrets, startExample } from '../harness/examples/arrange.ts';
import { assertPublished } from '../harness/examples/results.ts';
import { documentsOf, type ExampleServices, type Published, startServices } from '../harness/examples/services.ts';
import { startNode, type TestNode } from '../harness/node.ts';
import { listItems } from '../harness/workspace.ts';

/** Enough that a data plane is killed while some are done and others are not. */
const INVOICES = 24;
const ORDERS = 40;
const WITHIN_MILLISECONDS = 120_000;

test('each example is made by one command and runs to published documents, on two data planes', { timeout: 280_000 }, async (t) => {
  await using running = new AsyncDisposableStack();
  const services = new Map<string, ExampleServices>();
  for (const example of EXAMPLES) services.set(example.name, running.use(await startServices(example)));
  const all = [...services.values()];
  const base = await mkdtemp(join(tmpdir(), 'holdfast-examples-'));
  running.defer(() => rm(base, { recursive: true, force: true }));
  const certificates = join(base, 'services.pem');
  await writeFile(certificates, all.map((each) => each.certificates ?? '').join('\n'));

  await using database = await testDatabase();
  const home = (name: string) => join(base, name);
  const data = (name: string) =>
    startNode('data', home(name), {
      DATABASE_URL: database.dataUrl,
      HOLDFAST_EGRESS_ALLOW: all.flatMap(({ reaches }) => reaches).join(','),
      NODE_EXTRA_CA_CERTS: certificates,
    });
  await using one = await data('one');
  /** With the same root key, in a home of its own. */
  const joining = async (name: string) => {
    await mkdir(join(home(name), 'keys'), { recursive: true, mode: 0o700 });
    await cp(join(home('one'), 'keys', 'root.key'), join(home(name), 'keys', 'root.key'));
    return data(name);
  };
  await using two = await joining('two');
  await using control = await startNode('control', home('control'), { DATABASE_URL: database.controlUrl });
  const account = await setUp({ home: home('control'), controlUrl: control.url });
  const pins = new Map();
  const place: Place = {
    client: createClient({ url: control.url, token: account.token }),
    pins: { read: (url) => pins.get(url), write: (url, pin) => void pins.set(url, pin) },
    organization: account.organization.slug,
  };
  const servicesOf = ({ name }: Example) => {
    const found = services.get(name);
    assert.ok(found);
    return found;
  };
  const names = (published: readonly Published[]) => published.map(({ name }) => name).toSorted();

  const arranged = new Map<string, Arranged>();
  const createByCommand = async (example: Example): Promise<Arranged> => {
    const { options } = servicesOf(example);
    const set = Object.entries(options).flatMap(([key, each]) =>
      Object.entries(each).flatMap(([option, value]) => ['--set', `${key}.${option}=${value}`]),
    );
    const { code, stdout, stderr } = await holdfast(['example', 'create', example.name, ...set, '--json'], {
      home: base,
      environment: { HOLDFAST_URL: control.url, HOLDFAST_TOKEN: account.token, HOLDFAST_ORGANIZATION: place.organization },
    });
    assert.equal(code, 0, stdout);
    // Nothing is missing, and nothing waits for anybody.
    assert.equal(stderr, '');
    const { project, workflow } = JSON.parse(stdout) as { project: { id: string }; workflow: { id: string } };
    return { projectId: project.id, workflowId: workflow.id };
  };
  for (const example of EXAMPLES) {
    await t.test(`${example.name}: ${example.use}`, async () => {
      await sealSecrets(place, example, servicesOf(example));
      const made = await createByCommand(example);
      arranged.set(example.name, made);
      const run = await finishExample(place, await startExample(place, example, made), AbortSignal.timeout(WITHIN_MILLISECONDS));
      assert.equal(run.status, 'succeeded', JSON.stringify([run.failure, await listItems(account, run.id)]));
      await assertPublished(example, await servicesOf(example).published());
      // What each secret was used for is on the record, and no value of one.
      const record = await account.call<{ items: { target: { name: string } }[] }>('GET', account.at('/audit?action=secret.use&limit=200'));
      const used = new Set(record.items.map(({ target }) => target.name));
      for (const { name } of example.secrets) assert.ok(used.has(name), name);
      const answers = Buffer.concat(account.answers).toString();
      for (const value of Object.values(servicesOf(example).values)) assert.ok(!answers.includes(value));
    });
  }

  /** The one that is there after the other was killed. */
  let left = two;

  await t.test('the data plane that works is killed in the middle: each document is published, once', async () => {
    const example = EXAMPLES[0];
    const made = arranged.get(example?.name ?? '');
    assert.ok(example && made);
    const [sample] = await documentsOf(example);
    assert.ok(sample);
    const { client, organization } = place;
    const wanted = Array.from({ length: INVOICES }, (_, number) => `copy-${String(number).padStart(2, '0')}`);
    const documentIds: string[] = [];
    for (const name of wanted) {
      const document = await client.call(uploadDocument, {
        params: { organization, project: made.projectId },
        query: { name: `${name}.pdf`, contentType: 'application/pdf' },
        body: new Uint8Array(sample.bytes),
      });
      documentIds.push(document.id);
    }
    const run = await client.call(startRun, { params: { organization, workflow: made.workflowId }, body: { documentIds } });
    const published = async () => names(await servicesOf(example).published()).filter((name) => name.startsWith('copy-'));
    await eventually('some documents to be published', async () => (await published()).length > 2);
    const other = await killWorking([one, two]);
    left = other;
    assert.ok((await published()).length < INVOICES, 'it was killed before the end');
    const ended = await finishExample(place, run.id, AbortSignal.timeout(WITHIN_MILLISECONDS));
    assert.equal(ended.status, 'succeeded', JSON.stringify(ended.failure));
    assert.ok(other.output().includes(run.id), 'the other took it over');
    assert.deepEqual(
      await published(),
      wanted.map((name) => `${name}.json`),
    );
    const items = await listItems(account, run.id);
    assert.deepEqual(
      items.map(({ name }) => name).toSorted(),
      wanted.map((name) => `${name}.pdf`),
    );
    // What was sent, and not noted before the kill, is there already when it is tried again.
    for (const { name, status, attempts } of items) assert.ok(status === 'published' || (status === 'unchanged' && attempts > 1), name);
    const { rows } = await finishesOf(run.id);
    assert.equal(rows, 1, 'the run ended once on the record');
  });

  await t.test('it is killed in the middle of what a source lists: the other one publishes the rest', async () => {
    const example = EXAMPLES.find((each) => servicesOf(each).hold !== undefined);
    assert.ok(example);
    const made = arranged.get(example.name);
    const { hold, published } = servicesOf(example);
    assert.ok(made && hold);
    await using again = await joining('three');
    const held = await hold(ORDERS);
    const before = names(await published());
    const run = await startExample(place, example, made);
    const added = async () => names(await published()).filter((name) => held.names.includes(name));
    await eventually('some documents to be published', async () => (await added()).length > 2);
    const other = await killWorking([left, again]);
    assert.ok((await added()).length < ORDERS, 'it was killed before the end');
    await held.release();
    const ended = await finishExample(place, run, AbortSignal.timeout(WITHIN_MILLISECONDS));
    const items = await listItems(account, run);
    assert.equal(ended.status, 'succeeded', JSON.stringify([ended.failure, items]));
    assert.ok(other.output().includes(run), 'the other took it over');
    assert.deepEqual(await added(), held.names);
    assert.equal(items.length, before.length + ORDERS);
    // One whose result was not on the record yet is there already when it is tried again.
    const triedOnce = items.filter(({ attempts, name }) => attempts === 1 && held.names.some((order) => name.startsWith(order)));
    assert.deepEqual(new Set(triedOnce.map(({ status }) => status)), new Set(['published']));
    assert.ok(
      items.every(({ status }) => ['published', 'unchanged'].includes(status)),
      JSON.stringify(items),
    );
    assert.equal((await finishesOf(run)).rows, 1, 'the run ended once on the record');
  });

  /** Kills the data plane that has the run. Answers the other one. */
  async function killWorking(nodes: readonly [TestNode, TestNode]): Promise<TestNode> {
    const isBusy = async ({ url }: TestNode) =>
      /^holdfast_run_slots\{state="taken"\} [1-9]/m.test(await (await fetch(`${url}/metrics`)).text());
    const [working, other] = await eventually('one data plane alone to have the run', async () => {
      const [first, second] = await Promise.all([isBusy(nodes[0]), isBusy(nodes[1])]);
      return first !== second && (first ? nodes : ([nodes[1], nodes[0]] as const));
    });
    await working.kill();
    return other;
  }

  async function finishesOf(run: string): Promise<{ rows: number }> {
    const record = await account.call<{ items: { context: { run?: string } }[] }>('GET', account.at('/audit?action=run.finish&limit=200'));
    return { rows: record.items.filter(({ context }) => context.run === run).length };
  }
});
