import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createWorkflow } from '@holdfast/api';
import { titleOf } from '@holdfast/configuration';
import { testDatabase } from '@holdfast/db/testing';
import { createClient } from '@holdfast/sdk';
import type { Page } from 'playwright-core';
import { COMPONENT_TYPES } from '../../control/components/component-types.ts';
import { workflowBody } from '../../examples/bodies.ts';
import { EXAMPLES, type Example, type ExampleComponent } from '../../examples/index.ts';
import { setUp } from '../harness/account.ts';
import { openBrowser } from '../harness/browser.ts';
import { finishExample, type Place, sealSecrets, startExample } from '../harness/examples/arrange.ts';
import { assertPublished } from '../harness/examples/results.ts';
import { type ExampleServices, startServices } from '../harness/examples/services.ts';
import { startNode } from '../harness/node.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, listItems } from '../harness/workspace.ts';
import { choose, chooseSecret, signIn, testConnection } from './console-steps.ts';

test('a component of every type of the examples is made by hand with organization secrets, and a run uses them', {
  timeout: 280_000,
}, async (t) => {
  await using running = new AsyncDisposableStack();
  const base = await mkdtemp(join(tmpdir(), 'holdfast-by-hand-'));
  running.defer(() => rm(base, { recursive: true, force: true }));
  const services = new Map<Example, ExampleServices>();
  for (const example of EXAMPLES) services.set(example, running.use(await startServices(example)));
  const all = [...services.values()];
  const certificates = join(base, 'services.pem');
  await writeFile(certificates, all.map((each) => each.certificates ?? '').join('\n'));
  await using database = await testDatabase();
  await using _data = await startNode('data', join(base, 'data'), {
    DATABASE_URL: database.dataUrl,
    HOLDFAST_EGRESS_ALLOW: all.flatMap(({ reaches }) => reaches).join(','),
    NODE_EXTRA_CA_CERTS: certificates,
  });
  await using control = await startNode('control', join(base, 'control'), { DATABASE_URL: database.controlUrl });
  const account = await setUp({ home: join(base, 'control'), controlUrl: control.url });
  const pins = new Map();
  const place: Place = {
    client: createClient({ url: control.url, token: account.token }),
    pins: { read: (url) => pins.get(url), write: (url, pin) => void pins.set(url, pin) },
    organization: account.organization.slug,
  };
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  await page.goto(`${control.url}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });

  for (const [example, its] of services) {
    await step(`${example.title}: ${example.components.map(({ type }) => type).join(', ')}`, async () => {
      await sealSecrets(place, example, its);
      const project = await createProject(account, example.title);
      const made = new Map<string, { id: string }>();
      for (const component of example.components) {
        await page.goto(`${control.url}/organizations/acme/projects/${project}`);
        made.set(component.key, { id: await makeByHand(page, component, its.options[component.key]) });
      }
      const { id } = await place.client.call(createWorkflow, {
        params: { organization: place.organization },
        body: workflowBody(example, project, made),
      });
      const run = await startExample(place, example, { projectId: project, workflowId: id });
      const ended = await finishExample(place, run, AbortSignal.timeout(60_000));
      assert.equal(ended.status, 'succeeded', JSON.stringify([ended.failure, await listItems(account, run)]));
      await assertPublished(example, await its.published());
    });
  }

  for (const value of all.flatMap(({ values }) => Object.values(values))) {
    for (const { url, body } of browser.requests) assert.ok(!body.includes(value) && !url.includes(value), 'no value is in the browser');
  }
  browser.assertQuiet();
});

/** From a project's page to the component's. Each sensitive option of it uses a secret. Answers its id. */
async function makeByHand(page: Page, { name, type, options, secrets }: ExampleComponent, here: ExampleComponent['options'] = {}) {
  const known = COMPONENT_TYPES.find((candidate) => candidate.type === type);
  assert.ok(known);
  await page.getByRole('link', { name: 'New component' }).click();
  await page.getByRole('button', { name: new RegExp(`^${known.title}`) }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  for (const [option, value] of Object.entries({ ...options, ...here })) {
    const schema = known.schema.properties[option];
    const title = titleOf(known, option);
    if (schema?.enum === undefined) await page.getByRole('textbox', { name: title, exact: true }).fill(String(value));
    else await choose(page, title, schema['x-enum-words']?.[String(value)] ?? String(value));
  }
  for (const [option, secret] of Object.entries(secrets)) {
    const title = titleOf(known, option);
    const field = page.getByRole('group', { name: title });
    await field.getByRole('checkbox', { name: 'Use organization secret' }).check();
    await chooseSecret(page, secret, title);
    await field.getByRole('button', { name: `${title}: ${secret}`, exact: true }).waitFor();
  }
  assert.match(await testConnection(page), /passed/, name);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  return page.url().split('/').at(-1) ?? '';
}
