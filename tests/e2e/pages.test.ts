import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, keepChromium, openBrowser } from '../harness/browser.ts';
import { startWithContent } from './console-content.ts';
import { readRoutes, routesWithout } from './console-routes.ts';
import { openAddSecret, signIn, visit } from './console-steps.ts';

test('every page of the console is accessible and keeps its security policy, in light and dark', async (t) => {
  await using content = await startWithContent();
  await using _chromium = await keepChromium();
  const { url, organizationUrl, person, project, publisher, broken, workflow, signedOut, signedIn } = content;

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
      await visit(page, `${url}${path}`);
      await assertAccessibleInBoth(path);
    }
    await visit(page, `${url}/sign-in`);
    await signIn(page, person);
    for (const path of signedIn) {
      await visit(page, `${url}${path}`);
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
    await visit(page, `${url}/sign-in`);
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
});
