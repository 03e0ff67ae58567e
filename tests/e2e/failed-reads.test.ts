import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, putSecret } from '../harness/workspace.ts';
import { dialog, openAddSecret, signIn } from './console-steps.ts';

const PICTURES = process.env.READS_PICTURES;
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };
const SEALING_KEY = /\/acme\/sealing-key/;
const READY = /\/health\/ready/;
const SESSION = /\/api\/session/;
const CONNECTION = 'BlobEndpoint=http://127.0.0.1:1/store1;SharedAccessSignature=sv=2020-01-01&sig=not-a-signature';

/** Once something was read, it is shown on while reading it again does not come through, and no longer. */
test('a read that fails says what it means for the page', { timeout: 240_000 }, async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const person = { name: 'Ada Lovelace', email: account.email, password: account.password };
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const away = page.getByText('It is shown as soon as Holdfast answers.');
  const sealed = page.getByText('Sealed in this browser with');
  const alert = page.getByRole('alert');

  await step('the page for a forgotten password, of a server that does not answer, or of a proxy', async () => {
    await page.route(/\/api\/instance|\/health\/ready/, (route) => route.abort('connectionrefused'));
    await page.goto(`${instance.controlUrl}/forgot-password`);
    await away.waitFor();
    assert.equal(await alert.count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
    await page.route(/\/api\/instance/, (route) => route.fulfill({ status: 403, contentType: 'text/html', body: '<h1>Forbidden</h1>' }));
    await page.goto(`${instance.controlUrl}/forgot-password`);
    await alert.getByText('Something other than Holdfast answered').waitFor();
    assert.doesNotMatch((await alert.textContent()) ?? '', /role|field/);
    await assertAccessible(page, 'a proxy in place of the page for a forgotten password');
    await picture(page, 'forgot-proxy');
    assert.ok(await page.getByRole('link', { name: 'Back to sign in' }).isVisible());
    await page.unrouteAll({ behavior: 'wait' });
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('This Holdfast sends no mail').waitFor();
  });

  await step('what was typed there stays while reading again fails, and so does what came of it', async () => {
    let broken = false;
    await page.route(/\/api\/instance/, async (route) => {
      if (broken) return route.fulfill(problem(500, 'internal'));
      await route.fulfill({ json: { ...((await (await route.fetch()).json()) as object), sendsMail: true } });
    });
    await page.route(/\/api\/account\/password-reset/, (route) => route.fulfill({ status: 202, json: { minutes: 30 } }));
    await page.goto(`${instance.controlUrl}/forgot-password`);
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ada@acme.example');
    broken = true;
    await readAllAgain(page, /\/api\/instance/);
    assert.equal(await page.getByRole('textbox', { name: 'E-mail' }).inputValue(), 'ada@acme.example');
    broken = false;
    await page.getByRole('button', { name: 'Send link' }).click();
    await page.getByText('Check your e-mail').waitFor();
    broken = true;
    await readAllAgain(page, /\/api\/instance/);
    await page.getByText('Check your e-mail').waitFor();
    assert.equal(await alert.count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('the bare address says what failed, and who may be invited is not led past it', async () => {
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, person);
    await page.route(/\/api\/session/, async (route) => {
      await route.fulfill({ json: { ...((await (await route.fetch()).json()) as object), organizations: [] } });
    });
    await page.route(/\/api\/invitations/, (route) => route.fulfill(problem(500, 'internal')));
    await page.goto(instance.controlUrl);
    await alert.getByText('Your invitations could not be loaded').waitFor();
    await assertAccessible(page, 'a bare address without invitations');
    await picture(page, 'start-invitations');
    await page.unrouteAll({ behavior: 'wait' });
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.waitForURL(/\/new-organization$/);
    // Nobody is signed in: that is no fault.
    await page.route(/\/api\/session/, (route) => route.fulfill(problem(401, 'unauthenticated')));
    await page.goto(instance.controlUrl);
    await page.waitForURL(/\/sign-in/);
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('a dialog that seals, opened while the server is away, says so and goes on by itself', async () => {
    await page.goto(`${instance.controlUrl}/organizations/acme/secrets`);
    await page.getByText('No secrets yet').waitFor();
    await page.route(SEALING_KEY, (route) => route.abort('connectionrefused'));
    await page.route(READY, (route) => route.abort('connectionrefused'));
    const opened = await openAddSecret(page);
    await opened.getByText('The sealing key could not be read yet.').waitFor();
    assert.equal(await opened.getByText('Checking the sealing key').count(), 0);
    await assertAccessible(page, 'a dialog that seals while the server is away');
    await picture(page, 'seal-away');
    await page.unrouteAll({ behavior: 'wait' });
    await lookAgain(page);
    await sealed.waitFor();
  });

  await step('Cancel, pressed before the key has come, cancels what was pressed before it', async () => {
    await putSecret(account, 'STAYS', 'the value that stays');
    const secrets = `${instance.controlUrl}/organizations/acme/secrets`;
    const openReplace = async () => {
      await page
        .getByRole('button', { name: /Replace/ })
        .first()
        .click();
      return dialog(page, 'Replace the value');
    };
    for (const [path, open, press, label] of [
      [`${secrets}/STAYS`, openReplace, 'Replace', 'New value'],
      [secrets, () => openAddSecret(page), 'Add', 'Value'],
    ] as const) {
      await page.goto(path);
      const before = browser.requests.length;
      const released = Promise.withResolvers<void>();
      await page.route(SEALING_KEY, async (route) => {
        await released.promise;
        await route.continue();
      });
      const opened = await open();
      await opened.getByText('Checking the sealing key').waitFor();
      if (press === 'Add') await opened.getByLabel('Name').fill('NEVER');
      await opened.getByLabel(label).fill('a value that nobody means any more');
      const button = opened.getByRole('button', { name: press, exact: true });
      await button.click();
      await eventually('the dialog to be busy', () => button.isDisabled());
      await opened.getByRole('button', { name: 'Cancel' }).click();
      await opened.waitFor({ state: 'hidden' });
      released.resolve();
      await page.unrouteAll({ behavior: 'wait' });
      // Once the key is here, what had waited for it would be on its way.
      await open();
      await sealed.waitFor();
      assert.deepEqual(
        browser.requests.slice(before).filter(({ method }) => method === 'PUT'),
        [],
        press,
      );
      assert.equal(await page.getByText('has a new value').count(), 0);
    }
    const { replacedAt } = await account.call<{ replacedAt: string | null }>('GET', account.at('/secrets/STAYS'));
    assert.equal(replacedAt, null);
    assert.equal((await account.request('GET', account.at('/secrets/NEVER'))).status, 404);
  });

  await step('what is pressed before the key has come is done once it is there, and busy until then', async () => {
    await page.reload();
    const released = Promise.withResolvers<void>();
    await page.route(SEALING_KEY, async (route) => {
      await released.promise;
      await route.continue();
    });
    const opened = await openAddSecret(page);
    await opened.getByText('Checking the sealing key').waitFor();
    await opened.getByLabel('Name').fill('EARLY');
    await opened.getByLabel('Value').fill('a value that is early');
    const add = opened.getByRole('button', { name: 'Add', exact: true });
    await add.click();
    await eventually('the dialog to be busy', () => add.isDisabled());
    released.resolve();
    await opened.waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'EARLY' }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await openAddSecret(page);
    await sealed.waitFor();
  });

  await step('a key that was checked holds while reading it again fails', async () => {
    await page.route(SEALING_KEY, (route) => route.fulfill(problem(500, 'internal')));
    await readAllAgain(page, SEALING_KEY);
    await sealed.waitFor();
    assert.ok(await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).isEnabled());
    assert.equal(await alert.count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('another key, or none for this reader, takes it back', async () => {
    for (const [answer, words, again] of [
      [async (body: object) => ({ json: { ...body, signature: 'A'.repeat(86) } }), /The sealing key is not what it claims to be/, 1],
      [async () => problem(404, 'not_found'), /There is no such thing/, 0],
      [async () => problem(403, 'forbidden'), /Your role does not allow this/, 0],
    ] as const) {
      await page.route(SEALING_KEY, async (route) => route.fulfill(await answer((await (await route.fetch()).json()) as object)));
      await readAllAgain(page, SEALING_KEY);
      await page.getByRole('dialog').getByText(words).first().waitFor();
      assert.equal(await sealed.count(), 0);
      assert.equal(await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).count(), again, String(words));
      assert.ok(await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).isDisabled());
      await assertAccessible(page, `a dialog that seals: ${words}`);
      await page.setViewportSize(PHONE);
      await picture(page, `seal-${again}-${words.source.slice(0, 8).replaceAll(' ', '-')}`);
      await page.setViewportSize(DESK);
      await page.unrouteAll({ behavior: 'wait' });
      await readAllAgain(page, SEALING_KEY);
      await sealed.waitFor();
    }
  });

  await step('the facts of the key in the settings stay, too', async () => {
    const generation = page.getByRole('term').filter({ hasText: 'Generation' });
    await page.goto(`${instance.controlUrl}/organizations/acme/settings`);
    await generation.waitFor();
    await page.route(SEALING_KEY, (route) => route.fulfill(problem(500, 'internal')));
    await readAllAgain(page, SEALING_KEY);
    assert.ok(await generation.isVisible());
    assert.equal(await alert.count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
    await page.route(SEALING_KEY, async (route) => {
      const body = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...body, signature: 'A'.repeat(86) } });
    });
    await readAllAgain(page, SEALING_KEY);
    await alert.getByText('The sealing key is not what it claims to be').waitFor();
    assert.equal(await generation.count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
  });

  const ended = dialog(page, 'Your session has ended');
  const signInElsewhere = async () => {
    const other = await browser.context.newPage();
    await other.goto(`${instance.controlUrl}/sign-in`);
    await signIn(other, person);
    await other.close();
  };

  await step('a session that ends leaves what is typed: that is asked about once, and saved after signing in elsewhere', async () => {
    const project = await createProject(account, 'Invoices');
    const component = await createPublisher(account, project, { container: 'pages', connection: { ownValue: CONNECTION } });
    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${project}/components/${component}`);
    const container = page.getByRole('textbox', { name: 'Container' });
    const save = page.getByRole('button', { name: 'Save' });
    await container.fill('typed-here');
    await browser.context.clearCookies();
    await readAllAgain(page, SESSION);
    await ended.getByRole('link', { name: 'in another tab' }).waitFor();
    await assertAccessible(page, 'a session that has ended');
    await picture(page, 'session-ended');
    await ended.getByRole('button', { name: 'Stay' }).click();
    await ended.waitFor({ state: 'hidden' });
    await readAllAgain(page, SESSION);
    assert.equal(await ended.count(), 0);
    assert.equal(await container.inputValue(), 'typed-here');
    await save.click();
    const refusal = page.getByText('Sign in in another tab, then try again here.');
    await refusal.waitFor();
    await eventually('the refusal to be in view', () =>
      refusal.evaluate((element) => {
        const { left, bottom } = element.getBoundingClientRect();
        return element.contains(document.elementFromPoint(left + 20, bottom - 4));
      }),
    );
    await picture(page, 'session-ended-save');
    await signInElsewhere();
    await save.click();
    await page.getByText('Azure Blob is saved.').waitFor();
    const path = account.at(`/projects/${project}/components/${component}`);
    const { configuration } = await account.call<{ configuration: { container: string } }>('GET', path);
    assert.equal(configuration.container, 'typed-here');
  });

  await step('where nothing is typed, it leads to the page for signing in; from there, back to where it was', async () => {
    await browser.context.clearCookies();
    await readAllAgain(page, SESSION);
    await page.waitForURL(/\/sign-in\?next=/);
    await signIn(page, person);
    await page.getByRole('textbox', { name: 'Container' }).waitFor();
  });

  await step('the same of a dialog; who gives up what is typed signs in there', async () => {
    await page.goto(`${instance.controlUrl}/organizations/acme/secrets`);
    const opened = await openAddSecret(page);
    await opened.getByLabel('Name').fill('TYPED');
    await browser.context.clearCookies();
    await readAllAgain(page, SESSION);
    await ended.waitFor();
    await picture(page, 'session-ended-dialog');
    await ended.getByRole('button', { name: 'Stay' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await ended.waitFor({ state: 'hidden' });
    assert.equal(await page.getByRole('dialog').count(), 1);
    assert.equal(await opened.getByLabel('Name').inputValue(), 'TYPED');
    await signInElsewhere();
    // It holds again, and so the next end of it is asked about.
    await readAllAgain(page, SESSION);
    await browser.context.clearCookies();
    await readAllAgain(page, SESSION);
    await ended.getByRole('button', { name: 'Sign in here' }).click();
    await page.waitForURL(/\/sign-in\?next=/);
  });
});

/** The console finds the server away, and then back: everything that is shown is read again. */
async function readAllAgain(page: Page, what: RegExp): Promise<void> {
  const answered = page.waitForResponse((response) => what.test(response.url()));
  await page.route(READY, (route) => route.abort('connectionrefused'));
  await lookAgain(page);
  await page.getByText('Holdfast does not answer.').first().waitFor();
  await page.unroute(READY);
  await lookAgain(page);
  await answered;
  await page.getByText('Holdfast does not answer.').first().waitFor({ state: 'hidden' });
}

const lookAgain = (page: Page) => page.evaluate(() => window.dispatchEvent(new Event('online')));

function problem(status: number, code: string) {
  const body = {
    type: 'about:blank',
    title: { internal: 'It failed', not_found: 'Not found', forbidden: 'Forbidden', unauthenticated: 'Not signed in' }[code],
    status,
    code,
    detail: 'There is no such thing for you here.',
    remedy: 'Look elsewhere.',
    requestId: 'request-of-the-test',
  };
  return { status, contentType: 'application/problem+json', body: JSON.stringify(body) };
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
