import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, keepChromium, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject } from '../harness/workspace.ts';
import { signIn, visit } from './console-steps.ts';

test('the console before it is set up, and before there is anything in it, is accessible', async (t) => {
  await using instance = await startInstance();
  await using _chromium = await keepChromium();

  await t.test('before it is set up', async () => {
    await using browser = await openBrowser();
    for (const path of ['/setup', '/setup#a-wrong-token']) {
      await browser.page.goto(`${instance.controlUrl}${path}`);
      await browser.page.getByRole('heading', { level: 1 }).waitFor();
      await assertAccessible(browser.page, path);
    }
    // In the same tab: to the browser only the end of the address changes.
    await browser.page.goto(`${instance.controlUrl}/setup`);
    await browser.page.getByLabel('Setup token').waitFor();
    await browser.page.goto(`${instance.controlUrl}/setup#the-whole-link`);
    await browser.page.getByLabel('Setup token').waitFor({ state: 'hidden' });
    await browser.page.waitForFunction(() => !window.location.href.includes('#'));
    browser.assertQuiet();
  });

  await t.test('a setup link that does not hold is said at the first press', async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${instance.controlUrl}/setup#a-wrong-token`);
    await page.getByLabel('Your name').fill('Ada Lovelace');
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ada@acme.example');
    await page.getByRole('textbox', { name: /^Password/ }).fill('a long phrase that nobody guesses');
    await page.getByLabel('Organization name').fill('Acme');
    await page.getByRole('button', { name: 'Create account and organization' }).click();
    await page.getByRole('alert').waitFor();
  });

  const account = await setUp(instance);
  const empty = ['', '/secrets', '/projects', '/runs'];
  const project = await createProject(account, 'Empty for now');
  const person = { name: 'Ada Lovelace', email: account.email, password: account.password };
  const organizationUrl = `${instance.controlUrl}/organizations/acme`;

  await t.test('empty', async () => {
    await using browser = await openBrowser();
    await visit(browser.page, `${instance.controlUrl}/sign-in`);
    await assertAccessible(browser.page, 'sign-in');
    await signIn(browser.page, person);
    for (const path of [...empty, `/projects/${project}`, `/projects/${project}/workflows/new`]) {
      await visit(browser.page, `${organizationUrl}${path}`);
      await assertAccessible(browser.page, `${path}, empty`);
    }
    browser.assertQuiet();
  });
});
