import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '@holdfast/db/testing';
import type { Page } from 'playwright-core';
import { COMPONENT_TYPES } from '../../control/components/component-types.ts';
import { EXAMPLES, type Example } from '../../examples/index.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { assertPublished } from '../harness/examples/results.ts';
import { documentsOf, type ExampleServices, startServices } from '../harness/examples/services.ts';
import { startNode } from '../harness/node.ts';
import { stepsOf } from '../harness/steps.ts';
import { choose, chooseSecret, createProject, createWorkflow, dialog, goTo, runWith, setUpInConsole } from './console-steps.ts';

/** Enough that a data plane is killed while some are done and others are not. */
const INVOICES = 20;

test('each example goes from an empty project to published documents in the console, on two data planes', {
  timeout: 290_000,
}, async (t) => {
  await using running = new AsyncDisposableStack();
  const services = new Map<Example, ExampleServices>();
  for (const example of EXAMPLES) services.set(example, running.use(await startServices(example)));
  const all = [...services.values()];
  const base = await mkdtemp(join(tmpdir(), 'holdfast-gallery-'));
  running.defer(() => rm(base, { recursive: true, force: true }));
  const certificates = join(base, 'services.pem');
  await writeFile(certificates, all.map((each) => each.certificates ?? '').join('\n'));
  const home = (name: string) => join(base, name);

  await using database = await testDatabase();
  const data = (name: string) =>
    startNode('data', home(name), {
      DATABASE_URL: database.dataUrl,
      HOLDFAST_EGRESS_ALLOW: all.flatMap(({ reaches }) => reaches).join(','),
      NODE_EXTRA_CA_CERTS: certificates,
    });
  await using one = await data('one');
  await mkdir(join(home('two'), 'keys'), { recursive: true, mode: 0o700 });
  await cp(join(home('one'), 'keys', 'root.key'), join(home('two'), 'keys', 'root.key'));
  await using two = await data('two');
  await using control = await startNode('control', home('control'), { DATABASE_URL: database.controlUrl });

  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: randomBytes(12).toString('base64url') };
  await step('an organization with nothing in it', () =>
    setUpInConsole(page, { home: home('control'), controlUrl: control.url }, ada, 'Acme Capital'),
  );

  for (const [example, running] of services) {
    await step(`${example.title}: ${example.use}`, async () => {
      await openExample(page, example);
      // The last one is made without its secret, which is added where it is missed.
      const leaves = example === EXAMPLES.at(-1);
      if (example === EXAMPLES[0]) await assertAccessible(page, 'the form of an example');
      if (!leaves) for (const { name } of example.secrets) await addSecret(page, name, valueIn(running, name));
      await fillOptions(page, example, running);
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: example.workflow.name }).waitFor();
      if (leaves) await addWhatIsMissing(page, example, running);
      await seeSecretsChosen(page, example);
      await runExample(page, example, base);
      await page.getByText('succeeded').first().waitFor({ timeout: 60_000 });
      await seeTimes(page, example);
      await assertPublished(example, await running.published());
    });
  }

  await step('by hand: a component that uses an organization secret, and a run that publishes with it', async () => {
    const example = EXAMPLES.find(({ name }) => name === 'reports-between-services');
    const running = example && services.get(example);
    assert.ok(running);
    await goTo(page, 'Projects');
    await createProject(page, 'Files');
    await page.getByRole('link', { name: 'New component' }).click();
    await page.getByRole('button', { name: /HTTP publisher/ }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Files service');
    await page.getByRole('textbox', { name: 'Base URL' }).fill(running.options.files?.baseUrl ?? '');
    await choose(page, 'Authentication', 'Bearer token');
    await page.getByRole('checkbox', { name: 'Use organization secret' }).check();
    await chooseSecret(page, 'FILES_TOKEN', 'Credential');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
    await page.getByRole('heading', { level: 1, name: 'Files service' }).waitFor();
    await page.getByRole('link', { name: 'Files', exact: true }).click();
    await createWorkflow(page, { name: 'Send files', component: 'Files service' });
    const path = join(base, 'by-hand.txt');
    await writeFile(path, 'sent by hand');
    await runWith(page, [path]);
    await page.getByText('succeeded').first().waitFor({ timeout: 60_000 });
    const sent = (await running.published()).find(({ name }) => name === 'by-hand.txt');
    assert.equal(sent?.bytes.toString(), 'sent by hand');
  });

  await step('the data plane that works is killed in the middle, and the other one finishes', async () => {
    const [example] = EXAMPLES;
    const running = example && services.get(example);
    assert.ok(running);
    const [sample] = await documentsOf(example);
    const wanted = Array.from({ length: INVOICES }, (_, number) => `copy-${String(number).padStart(2, '0')}`);
    const paths = wanted.map((name) => join(base, `${name}.pdf`));
    for (const path of paths) await writeFile(path, sample?.bytes ?? '');
    await openWorkflow(page, example);
    await runWith(page, paths);
    const published = async () =>
      (await running.published())
        .map(({ name }) => name)
        .filter((name) => name.startsWith('copy-'))
        .toSorted();
    await eventually('some documents to be published', async () => (await published()).length > 2);
    const isBusy = async ({ url }: { url: string }) =>
      /^holdfast_run_slots\{state="taken"\} [1-9]/m.test(await (await fetch(`${url}/metrics`)).text());
    await ((await isBusy(one)) ? one : two).kill();
    assert.ok((await published()).length < INVOICES, 'it was killed before the end');
    await page.getByText('succeeded').first().waitFor({ timeout: 90_000 });
    // One whose result was not on the record yet is there already when it is tried again.
    const words = page.getByLabel('Progress').getByText(/^\d+ published(?:, \d+ unchanged)?$/);
    const [sent = 0, unchanged = 0] = ((await words.textContent()) ?? '').split(', ').map(Number.parseFloat);
    assert.equal(sent + unchanged, INVOICES);
    const triedAgain = page.getByRole('row', { name: /unchanged.*attempt [2-9]/ });
    await eventually('those that are unchanged to be tried twice', async () => (await triedAgain.count()) === unchanged);
    assert.deepEqual(
      await published(),
      wanted.map((name) => `${name}.json`),
    );
  });

  for (const { values } of all) {
    for (const value of Object.values(values)) {
      for (const { url, body } of browser.requests) assert.ok(!body.includes(value) && !url.includes(value), 'no value left the browser');
    }
  }
  browser.assertQuiet();
});

function valueIn({ values }: ExampleServices, name: string): string {
  const value = values[name];
  assert.ok(value, name);
  return value;
}

async function openExample(page: Page, example: Example): Promise<void> {
  await goTo(page, 'Projects');
  await createProject(page, `Project of ${example.name}`);
  const gallery = page.getByRole('list', { name: 'Examples', exact: true });
  await gallery.waitFor();
  assert.equal(await gallery.getByRole('link').count(), EXAMPLES.length);
  if (example === EXAMPLES[0]) await assertAccessible(page, 'an empty project');
  await gallery.getByRole('link', { name: example.title }).click();
  await page.getByRole('heading', { level: 1, name: example.title }).waitFor();
}

async function addSecret(page: Page, name: string, value: string): Promise<void> {
  await page.getByRole('button', { name: `Add ${name}` }).click();
  const opened = dialog(page, 'Add Secret');
  assert.equal(await opened.getByLabel('Name').inputValue(), name);
  await opened.getByLabel('Value').fill(value);
  await opened.getByRole('button', { name: 'Add', exact: true }).click();
  await opened.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: `${name}: ${name}` }).waitFor();
}

async function fillOptions(page: Page, example: Example, { options }: ExampleServices): Promise<void> {
  for (const { key, type } of example.components) {
    const known = COMPONENT_TYPES.find((candidate) => candidate.type === type);
    assert.ok(known);
    for (const [option, value] of Object.entries(options[key] ?? {})) {
      await page
        .getByRole('region', { name: known.title })
        .getByRole('textbox', { name: known.schema.properties[option]?.title ?? option })
        .fill(value);
    }
  }
}

async function addWhatIsMissing(page: Page, { components, secrets, workflow }: Example, running: ExampleServices): Promise<void> {
  const [component] = components;
  const [secret] = secrets;
  assert.ok(component && secret);
  await page.getByRole('link', { name: `Open ${component.name}` }).click();
  await page.getByRole('button', { name: `Add ${secret.name}` }).click();
  const opened = dialog(page, 'Add Secret');
  await opened.getByLabel('Value').fill(valueIn(running, secret.name));
  await opened.getByRole('button', { name: 'Add', exact: true }).click();
  await opened.waitFor({ state: 'hidden' });
  await page.getByText(`${component.name} uses ${secret.name} again.`).waitFor();
  await page.getByRole('link', { name: workflow.name }).first().click();
  await page.getByRole('heading', { level: 1, name: workflow.name }).waitFor();
}

/** From the workflow's page and back: each component uses the secrets of the organization, by their names. */
async function seeSecretsChosen(page: Page, { components, workflow }: Example): Promise<void> {
  for (const { name, type, secrets } of components) {
    await page.getByRole('list', { name: 'The way of a document' }).getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    const properties = COMPONENT_TYPES.find((candidate) => candidate.type === type)?.schema.properties;
    assert.ok(Object.keys(secrets).length > 0, name);
    for (const [option, secret] of Object.entries(secrets)) {
      const title = properties?.[option]?.title ?? option;
      const field = page.getByRole('group', { name: title });
      await field.getByRole('button', { name: `${title}: ${secret}`, exact: true }).waitFor();
      assert.ok(await field.getByRole('checkbox', { name: 'Use organization secret' }).isChecked(), `${name}: ${title}`);
    }
    await page.getByRole('link', { name: workflow.name }).first().click();
    await page.getByRole('heading', { level: 1, name: workflow.name }).waitFor();
  }
}

/** On the run's page, once it has ended: of several steps, each says how long it took, wide and narrow. */
async function seeTimes(page: Page, { components, workflow }: Example): Promise<void> {
  const list = page.getByRole('list', { name: 'The way of a document' });
  const words = /^[0-9.]+ (?:ms|s) each, on average$/;
  const times = list.getByText(words);
  const steps = workflow.steps.length > 1 ? workflow.steps : [];
  for (const size of [
    { width: 390, height: 800 },
    { width: 1280, height: 800 },
  ]) {
    await page.setViewportSize(size);
    for (const key of steps) {
      const name = components.find((component) => component.key === key)?.name;
      assert.ok(name);
      await list.getByRole('listitem').filter({ hasText: name }).getByText(words).waitFor();
    }
    assert.equal(await times.count(), steps.length);
    for (const time of await times.all()) {
      assert.ok(await time.evaluate(({ clientWidth, scrollWidth }) => scrollWidth <= clientWidth), 'the time of a step is not cut off');
    }
  }
}

/** On the workflow's page. */
async function runExample(page: Page, example: Example, base: string): Promise<void> {
  if (example.workflow.source.kind === 'upload') {
    const paths: string[] = [];
    for (const { name, bytes } of await documentsOf(example)) {
      const path = join(base, basename(name));
      await writeFile(path, bytes);
      paths.push(path);
    }
    await runWith(page, paths);
    return;
  }
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.waitForURL(/\/runs\/[0-9a-f-]+$/);
  await page.getByRole('heading', { level: 1, name: /#\d+$/ }).waitFor();
}

async function openWorkflow(page: Page, { name, workflow }: Example): Promise<void> {
  await goTo(page, 'Projects');
  await page.getByRole('link', { name: `Project of ${name}` }).click();
  await page.getByRole('table', { name: 'Workflows' }).getByRole('link', { name: workflow.name }).click();
  await page.getByRole('heading', { level: 1, name: workflow.name }).waitFor();
}
