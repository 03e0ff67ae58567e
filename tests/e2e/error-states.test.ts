import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { dialog, signIn } from './console-steps.ts';
import { problemAnswer } from './problem-answer.ts';

const OF_ORGANIZATION = /\/api\/organizations\/acme\//;
const ANYTHING = /\/api\//;
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

test('what a page shows when it cannot be loaded', { timeout: 300_000 }, async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', 'UseDevelopmentStorage=true;AccountKey=not-a-key');
  const publisher = await createPublisher(account, project, { container: 'pages', connection: { secret: 'STORE' } });
  const workflow = await createWorkflow(account, project, [publisher]);
  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  const organization = '/organizations/acme';

  const PAGES: readonly [path: string, what: string, broken: RegExp, there: string | RegExp][] = [
    [organization, 'The overview', OF_ORGANIZATION, 'Overview'],
    [`${organization}/secrets`, 'The secrets', OF_ORGANIZATION, 'STORE'],
    [`${organization}/secrets/STORE`, 'What is known of the secret', OF_ORGANIZATION, 'Used by 1'],
    [`${organization}/projects`, 'The projects', OF_ORGANIZATION, 'Invoices'],
    [`${organization}/projects/${project}`, 'The project', OF_ORGANIZATION, 'Invoices'],
    [`${organization}/projects/${project}/components/new`, 'The component', OF_ORGANIZATION, 'Invoices'],
    [`${organization}/projects/${project}/components/${publisher}`, 'The component', OF_ORGANIZATION, 'Invoices'],
    [`${organization}/projects/${project}/examples`, 'The project', OF_ORGANIZATION, 'Read invoices with a model'],
    [`${organization}/projects/${project}/examples/scans-to-archive`, 'The example', OF_ORGANIZATION, 'INBOX_CONTAINER'],
    [`${organization}/projects/${project}/workflows/${workflow}`, 'The workflow', OF_ORGANIZATION, 'Invoices'],
    [`${organization}/runs`, 'The runs', OF_ORGANIZATION, 'Nothing has run yet'],
    [`${organization}/runs/${workflow}`, 'The run', OF_ORGANIZATION, 'Page not found'],
    [`${organization}/audit`, 'The events', OF_ORGANIZATION, /record intact/],
    [`${organization}/members`, 'The members', OF_ORGANIZATION, account.email],
    [`${organization}/settings`, 'The sealing key', OF_ORGANIZATION, 'Generation'],
    [`${organization}/destinations`, 'The destinations', OF_ORGANIZATION, 'Nothing waits'],
    [organization, 'The latest runs', /\/acme\/runs/, 'Overview'],
    [`${organization}/audit`, 'The state of the record', /\/acme\/audit\/record/, /record intact/],
    [`${organization}/members`, 'Your organizations', ANYTHING, account.email],
    ['/account', 'Your account', ANYTHING, 'E-mail'],
    ['/invitations', 'Your invitations', ANYTHING, 'Nobody waits for an answer'],
    ['/', 'The console', ANYTHING, 'Overview'],
  ];
  for (const [path, what, broken, there] of PAGES) {
    await t.test(`${what}, at ${path.replaceAll(/[0-9a-f-]{36}/g, '…')}`, async () => {
      await page.route(broken, (route) => route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.')));
      await page.goto(instance.controlUrl + path);
      const alert = page.getByRole('alert').filter({ hasText: `${what} could not be loaded` });
      await alert.waitFor();
      assert.match((await alert.textContent()) ?? '', /give the operator the request id\.\s*Request request-of-the-test\s*Try again/);
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
      await assertAccessible(page, `${what} could not be loaded`);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize(PHONE);
      await assertAccessible(page, `${what} could not be loaded, in the dark on a phone`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(DESK);
      await page.unrouteAll({ behavior: 'wait' });
      await alert.getByRole('button', { name: 'Try again' }).click();
      await alert.waitFor({ state: 'hidden' });
      await page.getByText(there).first().waitFor();
    });
  }

  await t.test('a search that finds nothing is taken away by one button, words and filters', async () => {
    const secrets = `${instance.controlUrl}${organization}/secrets`;
    await page.goto(`${secrets}?filter=expired&order=desc`);
    const search = page.getByRole('searchbox', { name: 'Search secrets' });
    await search.fill('nothing is called so');
    await page.getByText('0 of 1 match').waitFor();
    await page.getByRole('button', { name: 'Show all secrets' }).click();
    await page.getByRole('link', { name: 'STORE' }).waitFor();
    assert.equal(await search.inputValue(), '');
    assert.ok(await page.getByRole('radio', { name: 'All', exact: true }).isChecked());
    // The order was not what hid them.
    assert.equal(page.url(), `${secrets}?order=desc`);
  });

  await t.test('the page of a secret that is not there leads to those that are, and to adding it', async () => {
    await page.goto(`${instance.controlUrl}${organization}/secrets/store`);
    await page.getByText('There is no secret “store”.').waitFor();
    await page.getByText('Did you mean “STORE”?').waitFor();
    await assertAccessible(page, 'no such secret');
    await page.getByRole('link', { name: 'All secrets' }).click();
    await page.getByRole('link', { name: 'STORE' }).waitFor();
    await page.goto(`${instance.controlUrl}${organization}/secrets/GONE`);
    await page.getByRole('link', { name: 'Add GONE' }).click();
    assert.equal(await dialog(page, 'Add Secret').getByLabel('Name').inputValue(), 'GONE');
  });

  await t.test('the history of runs is drawn however much it is, and a period that cannot be loaded leaves the others', async () => {
    const HISTORY = /\/acme\/run-history/;
    await page.route(HISTORY, async (route) => {
      const days = Number(new URL(route.request().url()).searchParams.get('days'));
      if (days === 90) await route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.'));
      else await route.fulfill({ json: { days: Array.from({ length: days }, (_, day) => busyDay(day)) } });
    });
    for (const [colorScheme, viewport] of [
      ['light', DESK],
      ['dark', PHONE],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await page.goto(`${instance.controlUrl}${organization}/runs`);
      await page.getByText('Show as a table').click();
      await page.getByRole('cell', { name: '1,234,567' }).first().waitFor();
      await assertAccessible(page, 'a large history');
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
      await page.getByRole('radio', { name: '90 days' }).check({ force: true });
      const alert = page.getByRole('alert').filter({ hasText: 'The history could not be loaded' });
      await alert.waitFor();
      await assertAccessible(page, 'a history that could not be loaded');
      await page.getByRole('radio', { name: '30 days' }).check({ force: true });
      await alert.waitFor({ state: 'hidden' });
      await page.getByText('Show as a table').waitFor();
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(DESK);
    await page.unrouteAll({ behavior: 'wait' });
  });

  await t.test('while it is tried again the page says so, and at the end that it could not be loaded', async () => {
    await page.route(OF_ORGANIZATION, (route) => route.fulfill(problemAnswer(503, 'unavailable', 'The database does not answer.')));
    await Promise.all([
      connection(page).getByText('Holdfast does not answer. Trying again').waitFor(),
      page.goto(`${instance.controlUrl}${organization}/projects`),
    ]);
    await page.getByRole('alert').getByText('The projects could not be loaded').waitFor();
    await connection(page).getByText('Trying again').waitFor({ state: 'hidden' });
    await page.unrouteAll({ behavior: 'wait' });
  });

  await t.test('of a server that takes long the page says that it waits', async () => {
    const answers = Promise.withResolvers<void>();
    await page.route(OF_ORGANIZATION, async (route) => {
      await answers.promise;
      await route.continue();
    });
    await page.goto(`${instance.controlUrl}${organization}/projects`);
    await connection(page).getByText('Holdfast takes long to answer.').waitFor();
    answers.resolve();
    await page.getByText('Invoices').first().waitFor();
    await connection(page).getByText('takes long').waitFor({ state: 'hidden' });
    await page.unrouteAll({ behavior: 'wait' });
  });
});

const connection = (page: Page) => page.getByRole('region', { name: 'Connection' });

/** A day of very many runs; each ninth is idle. */
function busyDay(day: number) {
  const many = (share: number) => (day % 9 === 4 ? 0 : Math.round(1_234_567 * share));
  return {
    day: new Date(Date.UTC(2026, 8, 1 + day)).toISOString().slice(0, 10),
    runs: { succeeded: many(1), failed: many(0.1), cancelled: many(0.02 * (day % 3)) },
    documents: { published: many(1), unchanged: many(0.4), skipped: many(0.1), failed: many(0.05) },
    milliseconds: day % 9 === 4 ? null : { median: 1_000 * (1 + (day % 5)), slowest: 60_000 * (1 + (day % 7)) },
  };
}
