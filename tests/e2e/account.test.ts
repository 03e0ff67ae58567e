import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { holdfast } from '../harness/command-line.ts';
import { startInstance } from '../harness/instance.ts';
import { startMailServer } from '../harness/mail-server.ts';
import { dialog, signIn } from './console-steps.ts';

/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.ACCOUNT_PICTURES;
const NEW_PASSWORD = 'a sentence after the first was forgotten';
const LAST_PASSWORD = 'and one more, chosen while signed in';

async function picture(page: Page, name: string): Promise<void> {
  await assertAccessible(page, name);
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

function linkIn(mail: string): string {
  const [link] = mail.match(/http:\S+\/account-link#\S+/) ?? [];
  assert.ok(link !== undefined, mail);
  return link;
}

test('the only owner forgets the password, gets a link by mail, and looks after the account: sessions, password, address', async () => {
  await using mails = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  await using instance = await startInstance({
    environment: { HOLDFAST_SMTP_URL: `smtp://127.0.0.1:${mails.port}?from=holdfast@example.com` },
  });
  const account = await setUp(instance);
  const ada = { name: 'Ada Lovelace', email: account.email };

  await using elsewhere = await openBrowser();
  await elsewhere.page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(elsewhere.page, { ...ada, password: account.password });

  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await picture(page, 'sign-in');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  // The page before it has a field of the same name.
  await page.getByRole('heading', { level: 1, name: 'Set a new password' }).waitFor();
  await page.getByRole('textbox', { name: 'E-mail' }).fill(account.email);
  await picture(page, 'forgot-password');
  await page.getByRole('button', { name: 'Send link' }).click();
  await page.getByRole('heading', { name: 'Check your e-mail' }).waitFor({ timeout: 60_000 });
  await picture(page, 'look-into-your-mail');
  const link = linkIn(await mails.mailTo(account.email, 'Set a new password'));
  await page.goto(link);
  await page.getByRole('textbox', { name: /^New password/ }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await page.waitForURL(/\/organizations\/acme/);
  await mails.mailTo(account.email, 'Your password for Holdfast has changed');
  await elsewhere.page.goto(`${instance.controlUrl}/organizations/acme`);
  await elsewhere.page.waitForURL(/\/sign-in/);
  await signIn(elsewhere.page, { ...ada, password: NEW_PASSWORD });
  await page.goto(link);
  await page.getByText('The link cannot be used.').waitFor();

  await page.goto(`${instance.controlUrl}/organizations/acme`);
  await page.getByRole('button', { name: `Account of ${ada.name}` }).click();
  await page.getByRole('menuitem', { name: 'Your account' }).click();
  await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
  await page.getByRole('table', { name: 'Sessions' }).getByText('this one').waitFor();
  await picture(page, 'account');
  await page.getByLabel('Your name').fill('Ada King');
  await page.getByRole('button', { name: 'Save name' }).click();
  await page.getByText('Your name is Ada King now.').waitFor();

  // The other browser's session ends at its very next request.
  await page
    .getByRole('table', { name: 'Sessions' })
    .getByRole('button', { name: /^Sign out Chrome/ })
    .click();
  await page.getByText(/is signed out\.$/).waitFor();
  await elsewhere.page.goto(`${instance.controlUrl}/organizations/acme/secrets`);
  await elsewhere.page.waitForURL(/\/sign-in/);
  await signIn(elsewhere.page, { ...ada, password: NEW_PASSWORD });
  await page.reload();
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await picture(page, 'sign-out-everywhere-else');
  await dialog(page, 'Sign out everywhere else').getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('1 session ended.').waitFor();
  await elsewhere.page.reload();
  await elsewhere.page.waitForURL(/\/sign-in/);

  await page.getByRole('textbox', { name: /^Current password/ }).fill('not the password');
  await page.getByRole('textbox', { name: /^New password/ }).fill(LAST_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('That is not your current password.').waitFor();
  await picture(page, 'wrong-password');
  await page.getByRole('textbox', { name: /^Current password/ }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText(/^Your password is changed\./).waitFor();

  await page.getByRole('button', { name: 'Change e-mail' }).click();
  await page.getByLabel('New e-mail').fill('countess@example.com');
  await page
    .getByRole('textbox', { name: /^Current password/ })
    .first()
    .fill(LAST_PASSWORD);
  await page.getByRole('button', { name: 'Send link' }).click();
  await page.getByText('Open it', { exact: false }).waitFor();
  await picture(page, 'address-to-be-proved');
  await mails.mailTo(account.email, 'is about to change');
  await page.goto(linkIn(await mails.mailTo('countess@example.com', 'Confirm your new address')));
  await picture(page, 'confirm-address');
  await page.getByRole('button', { name: 'Confirm countess@example.com' }).click();
  await page.getByRole('heading', { name: 'Your address has changed' }).waitFor();
  await mails.mailTo(account.email, 'has changed');
  await elsewhere.page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(elsewhere.page, { name: 'Ada King', email: 'countess@example.com', password: LAST_PASSWORD });

  // The whole page, on a phone and in the dark.
  await using phone = await openBrowser({ colorScheme: 'dark', viewport: { width: 390, height: 844 } });
  await phone.page.goto(`${instance.controlUrl}/sign-in?next=/account`);
  await phone.page.getByRole('textbox', { name: 'E-mail' }).fill('countess@example.com');
  await phone.page.getByRole('textbox', { name: /^Password/ }).fill(LAST_PASSWORD);
  await phone.page.getByRole('button', { name: 'Sign in' }).click();
  await phone.page.getByRole('table', { name: 'Sessions' }).getByText('this one').waitFor();
  await picture(phone.page, 'account-phone-dark');
  const width = await phone.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${width} pixels wide`);

  browser.assertQuiet(/401|403/);
  elsewhere.assertQuiet(/401/);
  phone.assertQuiet();
});

test('without mail, the sign-in page leads the only owner who forgot to the operator’s one-time link', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-operator-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const environment = { HOLDFAST_HOME: instance.home, HOLDFAST_PUBLIC_URL: instance.controlUrl };
  const operator = async (...words: string[]) => {
    const made = await holdfast(['account', ...words, '--json'], { home, environment });
    assert.equal(made.code, 0, made.stdout + made.stderr);
    return JSON.parse(made.stdout) as { link: string };
  };

  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await page.getByText('The operator of this Holdfast makes you a link').waitFor();
  await picture(page, 'sign-in-without-mail');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByText('holdfast account reset YOUR-ADDRESS').waitFor();
  await picture(page, 'forgot-password-without-mail');
  const { link } = await operator('reset', account.email);
  await page.goto(link);
  await page.getByRole('textbox', { name: /^New password/ }).fill(NEW_PASSWORD);
  // The link works once: when the sign-in that follows is refused, that alone is done again.
  await page.route(/\/api\/auth\/sign-in\/email$/, (route) => route.fulfill({ status: 429, json: {} }), { times: 1 });
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await page.getByText('There were too many attempts from here.').waitFor();
  await page.getByText('Your new password is set.').waitFor();
  await picture(page, 'password-set');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(/\/organizations\/acme/);
  await page.goto(`${instance.controlUrl}/account`);
  await page.getByText(`holdfast account change-email ${account.email} NEW-ADDRESS`).waitFor();
  await picture(page, 'account-without-mail');
  await operator('change-email', account.email, 'countess@example.com');
  await page.reload();
  await page.getByText('countess@example.com', { exact: true }).waitFor();
  const again = await holdfast(['account', 'change-email', account.email, 'x@example.com'], { home, environment });
  assert.equal(again.code, 1, again.stdout);
  browser.assertQuiet(/status of 429/);
});
