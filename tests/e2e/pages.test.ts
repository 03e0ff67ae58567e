import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { mixedDocuments } from '../harness/documents.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret, startRun, upload } from '../harness/workspace.ts';
import { readRoutes, routesWithout } from './console-routes.ts';
import { openAddSecret, signIn, visit } from './console-steps.ts';

/** A person's words in Markdown, with what they could try in it. */
const DESCRIPTION = `The archive of **all** invoices. Renew it in the [portal](https://portal.example.com/keys).

# Never by hand
- <b onclick="alert(1)">HTML</b>, [a script](javascript:alert%281%29), [signing out](/api/auth/sign-out)
- ![a picture](https://elsewhere.example.com/seen.png)`;

test('every page of the console is accessible, keeps its security policy and fits a phone, in light and dark', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });

  const account = await setUp(instance);
  const project = await createProject(account, 'Empty for now');
  const person = { name: 'Ada Lovelace', email: account.email, password: account.password };
  const organizationUrl = `${instance.controlUrl}/organizations/acme`;

  await putSecret(account, 'STORE', azurite.connectionString, { description: DESCRIPTION });
  await putSecret(account, 'SPARE', 'a value that nothing uses', { rotationDays: 30 });
  const publisher = await createPublisher(account, project, { container: 'pages', connection: { secret: 'STORE' } });
  await putSecret(account, 'GONE', azurite.connectionString);
  const broken = await createPublisher(account, project, { name: 'Broken', container: 'pages', connection: { secret: 'GONE' } });
  await account.call('DELETE', account.at('/secrets/GONE?confirm=GONE'));
  const workflow = await createWorkflow(account, project, [publisher]);
  const ids = [];
  for (const document of mixedDocuments()) ids.push(await upload(account, project, document));
  await account.call('POST', account.at(`/projects/${project}/secret-requests`), {
    name: 'ARCHIVE_SAS',
    componentType: 'azure-blob-publisher',
    option: 'connectionString',
    note: 'Write only.',
  });
  await account.call('POST', account.at('/invitations'), { email: 'invited@acme.example', role: 'viewer' });
  await account.call('POST', account.at(`/workflows/${workflow}/triggers`), { name: 'Scanner', settings: { kind: 'upload' } });
  const run = await startRun(account, workflow, ids);
  await finishRun(account, run.id);

  const inOrganization = [
    '',
    '/secrets',
    '/secrets?search=nothing-has-this-name',
    '/secrets/STORE',
    '/secrets/NOT_THERE',
    '/projects',
    `/projects/${project}`,
    `/projects/${project}/components/new`,
    `/projects/${project}/components/new?type=azure-blob-publisher`,
    `/projects/${project}/components/${publisher}`,
    `/projects/${project}/components/${broken}`,
    `/projects/${project}/workflows/new`,
    `/projects/${project}/examples`,
    `/projects/${project}/examples/scans-to-archive`,
    `/projects/${project}/workflows/${workflow}`,
    '/runs',
    `/runs/${run.id}`,
    '/audit',
    '/audit?secret=STORE',
    '/members',
    '/settings',
    '/documentation',
    '/documentation/azure-blob',
    '/documentation/errors',
    '/destinations',
    '/destinations?state=approved',
    '/secret-requests',
    '/no-such-page',
  ];
  const signedOut = ['/sign-in', '/forgot-password', '/setup', '/account-link', '/account-link#a-link-that-is-none'];
  const signedIn = ['/', '/account', '/invitations', '/new-organization', ...inOrganization.map((path) => `/organizations/acme${path}`)];
  await t.test('each address of the console is among those that are looked at here', async () => {
    const routes = await readRoutes();
    assert.ok(routes.length > 20, routes.join());
    assert.deepEqual(routesWithout([...signedOut, ...signedIn], routes), []);
    for (const [path, page] of [
      [`/projects/${project}/components/${publisher}`, '/components/$component'],
      [`/projects/${project}/workflows/${workflow}`, '/workflows/$workflow'],
    ] as const) {
      const others = signedIn.filter((each) => !each.endsWith(path) && !each.endsWith(broken));
      assert.ok(
        routesWithout(others, routes).some((route) => route.endsWith(page)),
        `${page} without ${path}`,
      );
    }
  });

  await t.test('with content, light and dark', { timeout: 300_000 }, async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    // Loaded once: the scheme changes what is there, as when the system goes dark in the evening.
    const assertAccessibleInBoth = async (what: string) => {
      await assertAccessible(page, `${what}, light`);
      await page.emulateMedia({ colorScheme: 'dark' });
      await assertAccessible(page, `${what}, dark`);
      await page.emulateMedia({ colorScheme: 'light' });
    };
    for (const path of signedOut) {
      await visit(page, `${instance.controlUrl}${path}`);
      await assertAccessibleInBoth(path);
    }
    await visit(page, `${instance.controlUrl}/sign-in`);
    await signIn(page, person);
    for (const path of signedIn) {
      await visit(page, `${instance.controlUrl}${path}`);
      await assertAccessibleInBoth(path);
    }
    await visit(page, `${organizationUrl}/secrets`);
    const opened = await openAddSecret(page);
    await opened.getByRole('button', { name: /More options/ }).click();
    await page.waitForTimeout(400);
    await assertAccessibleInBoth('Add Secret');
    browser.assertQuiet(/status of 404/, /status of 403 .*account-links\/look-up/);
  });

  await t.test('the description of a secret is Markdown, and can do nothing but lead elsewhere', async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await visit(page, `${instance.controlUrl}/sign-in`);
    await signIn(page, person);
    await visit(page, `${organizationUrl}/secrets/STORE`);
    await page.locator('strong', { hasText: 'all' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'portal' }).getAttribute('href'), 'https://portal.example.com/keys');
    assert.equal(await page.getByRole('heading').filter({ hasText: 'Never by hand' }).count(), 0);
    await page.getByText('<b onclick="alert(1)">HTML</b>, a script, signing out').waitFor();
    assert.deepEqual(await page.getByRole('link', { name: /a script|signing out/ }).all(), []);
    assert.deepEqual(await page.locator('main img, main [onclick]').all(), []);
    await visit(page, `${organizationUrl}/secrets`);
    await page.getByText('The archive of all invoices. Renew it in the portal.').first().waitFor();
    assert.deepEqual(
      browser.requests.filter(({ url }) => url.includes('elsewhere.example.com')),
      [],
    );
    browser.assertQuiet();
  });

  await t.test('loaded in the dark on a phone, 390 pixels wide, nothing is wider than the screen', { timeout: 120_000 }, async () => {
    await using browser = await openBrowser({ colorScheme: 'dark', viewport: { width: 390, height: 844 } });
    const tooWide: string[] = [];
    const look = async (path: string) => {
      await visit(browser.page, `${instance.controlUrl}${path}`);
      const width = await browser.page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 390) tooWide.push(`${path}: ${width}`);
      await assertAccessible(browser.page, `${path}, on a phone`);
    };
    for (const path of signedOut) await look(path);
    await browser.page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(browser.page, person);
    for (const path of signedIn) await look(path);
    assert.deepEqual(tooWide, []);
    await visit(browser.page, `${organizationUrl}/secrets`);
    for (const name of ['STORE', 'SPARE']) await browser.page.getByRole('checkbox', { name: `Select ${name}` }).check();
    const chosen = browser.page.getByRole('region', { name: 'Selected secrets' });
    await chosen.getByText('2 selected').waitFor();
    await assertAccessible(browser.page, 'several secrets chosen on a phone');
    await chosen.getByRole('button', { name: 'Set projects' }).click();
    await browser.page.getByRole('dialog', { name: 'Set projects' }).getByText('For 2 secrets.').waitFor();
  });
});
