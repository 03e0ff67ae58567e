import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { assertAccessible, keepChromium, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { putSecret } from '../harness/workspace.ts';
import { goTo, openAddSecret, signIn } from './console-steps.ts';

test('the console while the server is away, and after an upgrade', { timeout: 240_000 }, async (t) => {
  await using instance = await startInstance();
  await using _chromium = await keepChromium();
  const account = await setUp(instance);
  await putSecret(account, 'STORE', 'a value of the store');
  const person = { name: 'Ada Lovelace', email: account.email, password: account.password };
  const secretsUrl = `${instance.controlUrl}/organizations/acme/secrets`;

  await t.test('a part that is gone loads the page again, once; when that does not help the page says so', async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, person);
    await page.goto(secretsUrl);
    await page.getByRole('link', { name: 'STORE' }).waitFor();
    await page.route('**/assets/audit-page-*.js', (route) => route.fulfill({ status: 404, body: '' }));
    const loads = countLoads(page);
    await goTo(page, 'Audit').catch(() => undefined);
    await page.getByText('A part of the console is missing').waitFor();
    assert.equal(loads(), 1);
    await page.unroute('**/assets/audit-page-*.js');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
  });

  await t.test('with something typed it asks before it loads the page again', async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, person);
    await page.goto(`${instance.controlUrl}/organizations/acme/projects`);
    await page
      .getByRole('button', { name: /project/i })
      .first()
      .click();
    await page.getByRole('dialog').getByRole('textbox').first().fill('Half a form');
    await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404, body: '' }));
    const loads = countLoads(page);
    // A part is asked for while the form is open.
    await page.evaluate(() => {
      window.history.pushState({}, '', window.location.pathname.replace('/projects', '/audit'));
      window.dispatchEvent(new PopStateEvent('popstate'));
    });
    await page.getByText('Holdfast was upgraded.').waitFor();
    await assertAccessible(page, 'upgraded');
    assert.equal(loads(), 0);
    await page.unroute('**/assets/*.js');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    assert.equal(loads(), 1);
  });

  await t.test('a page that is opened while it does not answer says that first, and promises nothing by placeholders', async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, person);
    const banner = page.getByRole('region', { name: 'Connection' });
    for (const [path, title, lost] of [
      ['/', 'Holdfast', /\/api\/|\/health\/ready/],
      ['/', 'Holdfast', /\/assets\/start-page|\/health\/ready/],
      ['/organizations/acme/secrets', 'Secrets', /\/api\/organizations\/|\/health\/ready/],
    ] as const) {
      await page.route(lost, (route) => route.abort('connectionrefused'));
      await page.goto(instance.controlUrl + path);
      await page.getByText('It is shown as soon as Holdfast answers.').waitFor();
      const heading = page.getByRole('heading', { level: 1, name: title });
      const [first, second] = await Promise.all([banner.getByText('Holdfast does not answer.').boundingBox(), heading.boundingBox()]);
      assert.ok((first?.y ?? Number.NaN) < (second?.y ?? Number.NaN), 'the banner stands first');
      assert.equal(await page.locator('.mantine-Skeleton-root, .mantine-Loader-root').count(), 0);
      await assertAccessible(page, `${path} while the server is away`);
      await page.unrouteAll({ behavior: 'wait' });
      // In one go: the page tries by itself, too, and takes the button away when that comes first.
      await page.getByRole('button', { name: 'Try now' }).evaluateAll((buttons) => {
        for (const button of buttons) (button as HTMLElement).click();
      });
      await page.getByRole('link', { name: path === '/' ? 'Overview' : 'STORE' }).waitFor();
    }
  });

  await t.test('while the code of a page is on its way the page says so, and the former one stays until then', async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, person);
    const late = async (part: RegExp, open: () => Promise<unknown>, meanwhile: () => Promise<void>) => {
      const arrives = Promise.withResolvers<void>();
      await page.route(part, async (route) => {
        await arrives.promise;
        await route.continue();
      });
      await open();
      await meanwhile();
      arrives.resolve();
      await page.unrouteAll({ behavior: 'wait' });
    };
    const slow = page.getByRole('region', { name: 'Connection' }).getByText('Holdfast takes long to answer.');
    await late(
      /\/assets\/secrets-page-.*\.js/,
      () => page.goto(secretsUrl),
      async () => {
        await page.getByRole('status', { name: 'Loading' }).waitFor();
        await slow.waitFor();
      },
    );
    await page.getByRole('heading', { level: 1, name: 'Secrets' }).waitFor();
    await slow.waitFor({ state: 'hidden' });
    await late(
      /\/assets\/audit-page-.*\.js/,
      () =>
        page
          .getByRole('navigation', { name: 'Main' })
          .getByRole('link', { name: /^Audit/ })
          .click(),
      async () => {
        await slow.waitFor();
        await page.getByRole('heading', { level: 1, name: 'Secrets' }).waitFor();
      },
    );
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await slow.waitFor({ state: 'hidden' });
  });

  await t.test('while it does not answer the page stays, with what was typed, and goes on when it is back', async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, person);
    await page.goto(secretsUrl);
    const opened = await openAddSecret(page);
    await opened.getByLabel('Name').fill('TYPED_BEFORE');
    await instance.stop();
    await opened.getByLabel('Value').fill('a value that was typed before');
    await opened.getByRole('button', { name: /^Add/ }).click();
    await page.getByRole('region', { name: 'Connection' }).getByText('Holdfast does not answer.').waitFor();
    await page.getByRole('button', { name: 'Try now' }).click();
    await assertAccessible(page, 'away');
    assert.equal(await opened.getByLabel('Name').inputValue(), 'TYPED_BEFORE');
    assert.equal(await page.getByText(/did not expect|has failed/).count(), 0);
    await using _again = await startInstance({ home: instance.home, controlPort: Number(new URL(instance.controlUrl).port) });
    await page.getByText('Holdfast does not answer.').first().waitFor({ state: 'hidden', timeout: 60_000 });
    assert.equal(await opened.getByLabel('Name').inputValue(), 'TYPED_BEFORE');
  });
});

/** How often the page itself was asked for, since this was called. */
function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest()) loads += 1;
  });
  return () => loads;
}
