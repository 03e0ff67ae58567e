import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { addSecrets, createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { dialog, signIn } from './console-steps.ts';

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
      await page.route(broken, (route) => route.fulfill(problem(500, 'internal', 'Holdfast met an error that it did not expect.')));
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
      if (days === 90) await route.fulfill(problem(500, 'internal', 'Holdfast met an error that it did not expect.'));
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
    await page.route(OF_ORGANIZATION, (route) => route.fulfill(problem(503, 'unavailable', 'The database does not answer.')));
    await page.goto(`${instance.controlUrl}${organization}/projects`);
    await connection(page).getByText('Holdfast does not answer. Trying again').waitFor();
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

  await t.test('what was read before stays when it cannot be read again, and so does a form that is filled', async () => {
    await page.goto(`${instance.controlUrl}${organization}/projects/${project}/components/${publisher}`);
    const name = page.getByRole('textbox', { name: 'Name', exact: true });
    await name.fill('Typed before');
    let asked = 0;
    await page.route(ANYTHING, (route) => {
      asked += 1;
      return route.fulfill(problem(500, 'internal', 'Holdfast met an error that it did not expect.'));
    });
    // Everything is read again when the reader comes back to the tab.
    await page.waitForTimeout(5_500);
    await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
    while (asked < 2) await page.waitForTimeout(50);
    await page.waitForTimeout(300);
    assert.equal(await name.inputValue(), 'Typed before');
    assert.equal(await page.getByRole('alert').count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
  });

  await t.test('a list stays when more of it cannot be loaded, and is not asked for again and again', async () => {
    await addSecrets(account, 120, (number) => [`KEY_${String(number).padStart(3, '0')}`, `value ${number}`]);
    let asked = 0;
    await page.route(/cursor=/, (route) => {
      asked += 1;
      return route.fulfill(problem(500, 'internal', 'Holdfast met an error that it did not expect.'));
    });
    await page.goto(`${instance.controlUrl}${organization}/secrets`);
    await page.getByText('KEY_000').waitFor();
    await page.mouse.move(600, 500);
    await page.mouse.wheel(0, 20_000);
    const alert = page.getByRole('alert').filter({ hasText: 'More of the secrets could not be loaded' });
    await alert.waitFor();
    assert.equal(asked, 1);
    assert.equal(await page.getByText('KEY_000').count(), 1);
    await page.unrouteAll({ behavior: 'wait' });
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('KEY_119').waitFor();
  });

  await t.test('the same of the versions of a secret, and of the devices of an account that are read again', async () => {
    await page.route(/\/secrets\/STORE\/versions/, async (route) => {
      if (route.request().url().includes('cursor='))
        return route.fulfill(problem(500, 'internal', 'Holdfast met an error that it did not expect.'));
      const answer = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...answer, nextCursor: 'more' } });
    });
    await page.goto(`${instance.controlUrl}${organization}/secrets/STORE`);
    await page.getByRole('tab', { name: /^Versions/ }).click();
    await page.getByRole('alert').filter({ hasText: 'More of the versions could not be loaded' }).waitFor();
    await page.getByRole('table', { name: 'Versions of STORE' }).getByText('current').waitFor();
    await page.unrouteAll({ behavior: 'wait' });

    await page.goto(`${instance.controlUrl}/account`);
    const device = page.getByRole('table', { name: 'Known devices' }).getByText('this one');
    await device.waitFor();
    await page.route(/\/api\/.*devices/, (route) =>
      route.request().method() === 'GET'
        ? route.fulfill(problem(500, 'internal', 'Holdfast met an error that it did not expect.'))
        : route.fulfill({ status: 204 }),
    );
    await page
      .getByRole('button', { name: /^Forget/ })
      .first()
      .click();
    await page.getByRole('alert').filter({ hasText: 'Your devices could not be loaded' }).waitFor();
    assert.ok(await device.isVisible());
    await page.unrouteAll({ behavior: 'wait' });
  });

  await t.test('the same of a list whose page says nothing of it itself', async () => {
    const wanted = { name: 'ARCHIVE_SAS', componentType: 'azure-blob-publisher', option: 'connectionString', note: 'Write only.' };
    await account.call('POST', account.at(`/projects/${project}/secret-requests`), wanted);
    let asked = 0;
    await page.route(/\/api\/.*\/secret-requests(?:\?|$)/, async (route) => {
      if (route.request().url().includes('cursor=')) {
        asked += 1;
        return route.fulfill(problem(429, 'rate_limited', 'There were too many requests.'));
      }
      const answer = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...answer, nextCursor: 'more' } });
    });
    await page.goto(`${instance.controlUrl}${organization}/secret-requests`);
    await page.getByText('ARCHIVE_SAS').first().waitFor();
    await page.getByRole('alert').filter({ hasText: 'More of the requests could not be loaded' }).waitFor();
    // Asked at network speed, it would be many by now.
    await page.waitForTimeout(500);
    assert.equal(asked, 1);
    await page.unrouteAll({ behavior: 'wait' });
  });
});

const connection = (page: Page) => page.getByRole('region', { name: 'Connection' });

function problem(status: number, code: string, detail: string) {
  const remedy =
    code === 'internal' ? 'Try again; if it stays, give the operator the request id.' : 'Try again in a moment; nothing was done.';
  const body = { type: 'about:blank', title: 'It failed', status, code, detail, remedy, requestId: 'request-of-the-test' };
  return { status, contentType: 'application/problem+json', body: JSON.stringify(body) };
}

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
