import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import type { SampleDocument } from '../harness/documents.ts';
import { eventually } from '../harness/eventually.ts';
import { httpService } from '../harness/http-service.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createWorkflow, finishRun, startRun, upload } from '../harness/workspace.ts';
import { dialog, signIn } from './console-steps.ts';

const DOCUMENTS = ['a.txt', 'b.txt', 'c.txt'];

test('a run is watched, cancelled, resumed and run again in the console', { timeout: 240_000 }, async (t) => {
  await using service = await httpService({ tls: false });
  /** Requests that the service has not answered yet, by the name of the document. */
  const held = new Map<string, ServerResponse>();
  let holds = true;
  service.answer(({ method, path }, response) => {
    // A connection test asks so.
    if (method === 'HEAD') response.writeHead(503).end();
    else if (holds) held.set(path.slice(1), response);
    else response.writeHead(201).end();
  });
  const release = (name: string) => {
    held.get(name)?.writeHead(201).end();
    held.delete(name);
  };
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${service.port}` } });
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  const { id: publisher } = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
    name: 'Files',
    type: 'http-publisher',
    configuration: { baseUrl: service.origin, authentication: 'none' },
    sealedOptions: {},
  });
  const workflow = await createWorkflow(account, project, [publisher], { name: 'Send' });
  const documents = [];
  for (const name of DOCUMENTS) documents.push(await upload(account, project, textDocument(name)));
  const run = await startRun(account, workflow, documents);
  await eventually('the service to be sent to', async () => (held.size > 0 ? true : undefined));

  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const progress = page.getByLabel('Progress');
  const statusOf = async (id: string) => (await account.call<{ status: string }>('GET', account.at(`/runs/${id}`))).status;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: '', email: account.email, password: account.password });

  await step('progress arrives by itself: from the stream of events, and by nothing else', async () => {
    const api = `/api/organizations/acme/runs/${run.id}`;
    let first: object | undefined;
    // What is asked for again is answered as at first, so that only the stream brings something new.
    await page.route(new RegExp(`${api}$`), async (route) => {
      first ??= (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: first });
    });
    const streaming = page.waitForRequest(new RegExp(`${api}/events`));
    await page.goto(`${instance.controlUrl}/organizations/acme/runs/${run.id}`);
    await progress.getByText(/^0 published/).waitFor();
    await streaming;
    for (const [count, name] of [...held.keys()].slice(0, 2).entries()) {
      release(name);
      await progress.getByText(new RegExp(`^${count + 1} published`)).waitFor();
      await page.getByRole('row', { name: new RegExp(`${name}.*published`) }).waitFor();
      await eventually('the next to be sent', async () => (held.size > 0 ? true : undefined));
    }
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('to cancel it is asked about first; what was published stays, and the rest is not sent', async () => {
    const cancel = page.getByRole('button', { name: 'Cancel the run' });
    const question = dialog(page, 'Cancel the run?');
    await cancel.click();
    await question.getByText('What was published stays.').waitFor();
    await assertAccessible(page, 'whether a run is cancelled');
    await question.getByRole('button', { name: 'Let it go on' }).click();
    await question.waitFor({ state: 'hidden' });
    assert.equal(await statusOf(run.id), 'running');
    await cancel.click();
    await question.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByRole('heading', { level: 1, name: 'Send #1' }).waitFor();
    await page.getByText('cancelled', { exact: true }).first().waitFor();
    await cancel.waitFor({ state: 'detached' });
    await progress.getByText(/^2 published, .*1 not sent/).waitFor();
    assert.equal(await statusOf(run.id), 'cancelled');
    await assertAccessible(page, 'a run that was cancelled');
  });

  await step('a cancelled run is resumed with what is left', async () => {
    holds = false;
    held.clear();
    const before = service.requests.length;
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('succeeded', { exact: true }).first().waitFor();
    await progress.getByText('3 published', { exact: true }).waitFor();
    assert.equal(service.requests.length, before + 1);
    assert.equal(await statusOf(run.id), 'succeeded');
  });

  await step('run again takes the same documents into a run of its own', async () => {
    const before = service.requests.length;
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Send #2' }).waitFor();
    const again = page.url().split('/').at(-1) ?? '';
    assert.notEqual(again, run.id);
    assert.equal((await finishRun(account, again)).status, 'succeeded');
    await progress.getByText('3 published', { exact: true }).waitFor();
    assert.deepEqual(
      service.requests
        .slice(before)
        .map(({ path }) => path.slice(1))
        .toSorted(),
      DOCUMENTS,
    );
  });
  await step('whether the services answer is asked once documents are chosen, and stands beside Run', async () => {
    const asked = () => service.requests.filter(({ method }) => method === 'HEAD').length;
    const choose = (name: string) =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(name) });
    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${project}/workflows/${workflow}`);
    await page.getByText('Choose documents first.').waitFor();
    assert.equal(asked(), 0);
    await choose('d.txt');
    await page.getByText(/^A run would fail\. Files: /).waitFor();
    await page.getByRole('region', { name: 'Preflight' }).getByText('1 of 1 checks failed.').waitFor();
    assert.equal(asked(), 1);
    await choose('e.txt');
    await page.getByText('2 documents, ').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).isEnabled());
    assert.equal(asked(), 1);
    await assertAccessible(page, 'a workflow whose service does not answer, with documents chosen');
  });
  browser.assertQuiet();
});

function textDocument(name: string): SampleDocument {
  const bytes = Buffer.from(`what ${name} says`);
  return { name, contentType: 'text/plain', size: bytes.length, open: () => Readable.from([bytes], { objectMode: false }) };
}
