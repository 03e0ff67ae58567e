import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { addSecrets, createProject, createPublisher, putSecret } from '../harness/workspace.ts';
import { openAddSecret, signIn } from './console-steps.ts';
import { problemAnswer } from './problem-answer.ts';

const ANYTHING = /\/api\//;

test('what a page has read stays when it cannot read it again, or more of it', { timeout: 240_000 }, async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', 'UseDevelopmentStorage=true;AccountKey=not-a-key');
  const publisher = await createPublisher(account, project, { container: 'pages', connection: { secret: 'STORE' } });
  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  const organization = '/organizations/acme';

  await t.test('what was read before stays when it cannot be read again, and so does a form that is filled', async () => {
    await page.goto(`${instance.controlUrl}${organization}/projects/${project}/components/${publisher}`);
    const name = page.getByRole('textbox', { name: 'Name', exact: true });
    await name.fill('Typed before');
    let asked = 0;
    await page.route(ANYTHING, (route) => {
      asked += 1;
      return route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.'));
    });
    // Everything is read again when the reader comes back to the tab.
    await page.waitForTimeout(5_500);
    await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
    await eventually('everything to be read again', () => asked >= 2);
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
      return route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.'));
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

  await t.test('a list to choose from says that more of it cannot be loaded, and goes on when it can', async () => {
    const failed = (words: string) => page.getByRole('alert').filter({ hasText: `${words} could not be loaded` });
    let asked = 0;
    await page.route(/\/secret-names\?.*cursor=/, (route) => {
      asked += 1;
      return route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.'));
    });
    await page.goto(`${instance.controlUrl}${organization}/projects/${project}/components/${publisher}`);
    await page.getByRole('button', { name: /^Connection String: / }).click();
    const last = page.getByRole('option', { name: 'KEY_049' });
    await last.scrollIntoViewIfNeeded();
    await failed('More secrets').waitFor();
    await assertAccessible(page, 'a dropdown of secrets that is cut short');
    assert.equal(asked, 1);
    await page.unrouteAll({ behavior: 'wait' });
    await failed('More secrets').getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('option', { name: 'KEY_050' }).waitFor();
    await failed('More secrets').waitFor({ state: 'hidden' });
    assert.equal(await page.getByRole('textbox', { name: 'Search secrets' }).evaluate((field) => field === document.activeElement), true);
    await page.route(/\/secret-names\?.*search=/, (route) =>
      route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.')),
    );
    await page.getByRole('textbox', { name: 'Search secrets' }).fill('key_1');
    await failed('The secrets').waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await failed('The secrets').getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('option', { name: 'KEY_119' }).waitFor();

    await page.route(/\/api\/.*\/projects\?/, async (route) => {
      if (route.request().url().includes('cursor='))
        return route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.'));
      const answer = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...answer, nextCursor: 'more' } });
    });
    await page.goto(`${instance.controlUrl}${organization}/secrets`);
    await failed('More projects to choose from').waitFor();
    const opened = await openAddSecret(page);
    await opened.getByRole('button', { name: /More options/ }).click();
    const projects = opened.getByRole('alert').filter({ hasText: 'More projects could not be loaded' });
    await projects.waitFor();
    await assertAccessible(page, 'a new secret without all projects to choose from');
    await opened.getByLabel('Projects', { exact: true }).fill('Receipts');
    await page.getByText('None of that name among those that are loaded').waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });

  await t.test('the versions of a secret stay, and so do the devices of an account that are read again', async () => {
    await page.route(/\/secrets\/STORE\/versions/, async (route) => {
      if (route.request().url().includes('cursor='))
        return route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.'));
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
        ? route.fulfill(problemAnswer(500, 'internal', 'Holdfast met an error that it did not expect.'))
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

  await t.test('a list stays whose page says nothing of it itself', async () => {
    const wanted = { name: 'ARCHIVE_SAS', componentType: 'azure-blob-publisher', option: 'connectionString', note: 'Write only.' };
    await account.call('POST', account.at(`/projects/${project}/secret-requests`), wanted);
    let asked = 0;
    await page.route(/\/api\/.*\/secret-requests(?:\?|$)/, async (route) => {
      if (route.request().url().includes('cursor=')) {
        asked += 1;
        return route.fulfill(problemAnswer(429, 'rate_limited', 'There were too many requests.'));
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
