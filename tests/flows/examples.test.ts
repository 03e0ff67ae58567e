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
import { startNode } from '../harness/node.ts';
import { listItems } from '../harness/workspace.ts';

/** Enough that a data plane is killed while some are done and others are not. */
const INVOICES = 24;
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
  // The same root key, in a home of its own.
  await mkdir(join(home('two'), 'keys'), { recursive: true, mode: 0o700 });
  await cp(join(home('one'), 'keys', 'root.key'), join(home('two'), 'keys', 'root.key'));
  await using two = await data('two');
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
    const busy = await Promise.all(
      [one, two].map(async ({ url }) => /^holdfast_run_slots\{state="taken"\} [1-9]/m.test(await (await fetch(`${url}/metrics`)).text())),
    );
    assert.deepEqual(busy.toSorted(), [false, true], 'one data plane has the run');
    const [working, other] = busy[0] ? [one, two] : [two, one];
    await working.kill();
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
      items.map(({ name, status }) => [name, status]).toSorted(),
      wanted.map((name) => [`${name}.pdf`, 'published']),
    );
    const { rows } = await finishesOf(run.id);
    assert.equal(rows, 1, 'the run ended once on the record');
  });

  async function finishesOf(run: string): Promise<{ rows: number }> {
    const record = await account.call<{ items: { context: { run?: string } }[] }>('GET', account.at('/audit?action=run.finish&limit=200'));
    return { rows: record.items.filter(({ context }) => context.run === run).length };
  }
});
