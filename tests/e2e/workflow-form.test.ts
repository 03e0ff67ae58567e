import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, putSecret } from '../harness/workspace.ts';
import { choose, signIn } from './console-steps.ts';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** Nothing is sent with it. */
const CONNECTION = 'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=bm90LWEta2V5;EndpointSuffix=core.windows.net';

test('the form of a workflow with several sources, conditions and mappings', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', CONNECTION);
  await createPublisher(account, project, { name: 'Archive', container: 'pages', connection: { secret: 'STORE' } });
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const projectUrl = `${instance.controlUrl}/organizations/acme/projects/${project}`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });

  await step('a workflow has several sources, conditions and mappings, saved as a draft; what is wrong stands at its field', async () => {
    await account.call('POST', account.at(`/projects/${project}/components`), {
      name: 'Inbox',
      type: 'azure-blob-source',
      configuration: { container: 'pages', connectionString: `\${secret.STORE}` },
    });
    await page.goto(`${projectUrl}/workflows/new`);
    await page.getByLabel('Name').first().fill('Mapped');
    await page.getByRole('button', { name: 'Add a source' }).click();
    const second = page.getByRole('group', { name: 'Source 2' });
    await second.getByRole('combobox', { name: 'Connector' }).click();
    await page.getByRole('option', { name: 'Inbox' }).click();
    await second.getByLabel('Name of the source').fill('mail');
    await page.getByRole('button', { name: 'Add a source' }).click();
    await page.getByRole('button', { name: 'Remove source 3' }).click();
    await choose(page, 'Step 1', 'Archive');
    const condition = page.getByRole('textbox', { name: 'Only when, of step 1' });
    await condition.fill('document.sise > 1');
    await page.getByRole('button', { name: 'Map what it gets: step 1' }).click();
    const name = page.getByRole('textbox', { name: 'Gets it under the name, of step 1' });
    await name.fill('document.size');
    await page.getByRole('button', { name: 'Make a JSON document of fields (step 1)' }).click();
    await page.getByRole('textbox', { name: 'Field 1 of step 1', exact: true }).fill('net.total');
    const expression = page.getByRole('textbox', { name: 'Expression in CEL of field 1 of step 1' });
    await expression.fill('resut.total');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText(/No such key: sise \(at character 10\)/).waitFor();
    for (const field of [condition, name, expression]) assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await page.getByText(/It must give a text, and gives int/).waitFor();
    await page.getByText(/Unknown variable: resut/).waitFor();
    await assertAccessible(page, 'a workflow with what the server finds wrong beside its fields');
    await condition.fill('document.size > 1');
    await name.fill('"in/" + document.name');
    await expression.fill('result.total');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('It has no version yet, so it cannot run.').waitFor();
    type Saved = { version: null; sources: { name: string }[]; steps: { condition: string; mapping: unknown }[] };
    const saved = await account.call<Saved>('GET', account.at(`/workflows/${page.url().split('/').at(-1)}`));
    assert.equal(saved.version, null);
    assert.deepEqual(
      saved.sources.map((source) => source.name),
      ['upload', 'mail'],
    );
    assert.deepEqual(saved.steps[0]?.mapping, { name: '"in/" + document.name', fields: { 'net.total': 'result.total' } });
    const picture = page.getByRole('list', { name: 'The way of a document' });
    assert.deepEqual(await picture.getByRole('listitem').count(), 3);
    await picture.getByText('document.size > 1').waitFor();
    const lines = page.getByRole('group', { name: 'Picture of the workflow' }).locator('svg > path[d^="M216 "]');
    assert.equal(await lines.count(), 2, 'From each source.');
    await assertAccessible(page, 'the picture of a workflow');
    await page.setViewportSize(PHONE);
    await lines.first().waitFor({ state: 'hidden' });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    await page.setViewportSize(DESK);
    await page.getByRole('button', { name: 'Edit' }).click();
    assert.equal(await page.getByRole('textbox', { name: 'Expression in CEL of field 1 of step 1' }).inputValue(), 'result.total');
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  browser.assertQuiet(/Failed to load resource: the server responded with a status of 4\d\d/);
});
