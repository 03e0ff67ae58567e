import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, putSecret } from '../harness/workspace.ts';
import { dialog, goTo, openAddSecret, signIn, takesKeys } from './console-steps.ts';
import { inView } from './in-view.ts';

const PHONE = { width: 390, height: 844 };
/** What an on-screen keyboard leaves of it. */
const PHONE_WITH_KEYBOARD = { width: 390, height: 420 };
const DESK = { width: 1280, height: 800 };

test('forms keep their buttons in view, ask before they lose anything, and say at the field what is wrong', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  await createProject(account, 'Invoices');
  await putSecret(account, 'TAKEN', 'a value that is there');
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const organization = `${instance.controlUrl}/organizations/acme`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });

  /** Each dialog with a form: where it opens, what fills it, and its own buttons. */
  const dialogs: {
    title: string;
    path: string;
    open: () => Promise<unknown>;
    fill: (opened: Locator) => Promise<unknown>;
    buttons: string[];
  }[] = [
    {
      title: 'Add Secret',
      path: '/secrets',
      open: () => openAddSecret(page),
      fill: (opened) => opened.getByLabel('Value').fill('typed and not stored'),
      buttons: ['Cancel', 'Add'],
    },
    {
      title: 'Import secrets',
      path: '/secrets',
      open: () =>
        page
          .getByRole('button', { name: /Import/ })
          .first()
          .click(),
      fill: (opened) => opened.getByRole('textbox').first().fill('A_NAME=a value'),
      buttons: ['Cancel'],
    },
    {
      title: 'Replace the value',
      path: '/secrets/TAKEN',
      open: () =>
        page
          .getByRole('button', { name: /Replace/ })
          .first()
          .click(),
      fill: (opened) => opened.getByLabel('New value').fill('typed and not stored'),
      buttons: ['Cancel', 'Replace'],
    },
    {
      title: 'Edit',
      path: '/secrets/TAKEN',
      open: () => page.getByRole('button', { name: 'Edit' }).first().click(),
      fill: (opened) => opened.getByLabel('Description').fill('What it is for.'),
      buttons: ['Cancel', 'Save'],
    },
    {
      title: 'New project',
      path: '/projects',
      open: () => page.getByRole('button', { name: 'New project' }).first().click(),
      fill: (opened) => opened.getByLabel('Name').fill('Receipts'),
      buttons: ['Cancel', 'Create'],
    },
    {
      title: 'Invite a member',
      path: '/members',
      open: () => page.getByRole('button', { name: 'Invite' }).first().click(),
      fill: (opened) => opened.getByLabel('E-mail').fill('grace@example.com'),
      buttons: ['Cancel', 'Invite'],
    },
    {
      title: 'New token',
      path: '/settings',
      open: () => page.getByRole('button', { name: 'New token' }).first().click(),
      fill: (opened) => opened.getByLabel('Name').fill('deployment'),
      buttons: ['Cancel', 'Create token'],
    },
  ];

  for (const { title, path, open, fill, buttons } of dialogs) {
    await step(
      `“${title}” closes at once while it is empty, and asks when it is not: Esc, a click beside it, its cross, another page`,
      async () => {
        await page.setViewportSize(DESK);
        await page.goto(`${organization}${path}`);
        await goTo(page, 'Runs');
        await page.goBack();
        const opened = dialog(page, title);
        await open();
        await opened.waitFor();
        await takesKeys(opened);
        await page.keyboard.press('Escape');
        await opened.waitFor({ state: 'hidden' });

        await open();
        await fill(opened);
        const question = dialog(page, 'Leave without saving?');
        const ways: (() => Promise<unknown>)[] = [
          () => page.keyboard.press('Escape'),
          () => page.mouse.click(5, 5),
          () => opened.getByRole('button', { name: 'Close' }).click(),
          () => page.evaluate(() => history.forward()),
        ];
        for (const leave of ways) {
          await leave();
          await question.getByRole('button', { name: 'Stay' }).click();
          await question.waitFor({ state: 'hidden' });
          assert.ok(await opened.isVisible());
        }
        await page.setViewportSize(PHONE_WITH_KEYBOARD);
        await inView(opened, buttons);
        await page.setViewportSize(DESK);
        await page.keyboard.press('Escape');
        await question.getByRole('button', { name: 'Leave' }).click();
        await opened.waitFor({ state: 'hidden' });
        await open();
        await opened.waitFor();
        await opened.getByRole('button', { name: 'Cancel' }).click();
        await opened.waitFor({ state: 'hidden' });
      },
    );
  }

  await step('the buttons of a long dialog stay in view, wherever it is scrolled to', async () => {
    await page.goto(`${organization}/secrets`);
    const opened = await openAddSecret(page);
    await opened.getByRole('button', { name: /More options/ }).click();
    for (const size of [DESK, PHONE, PHONE_WITH_KEYBOARD]) {
      await page.setViewportSize(size);
      for (const field of ['Name', 'Description', 'Where to get a new one']) {
        await opened.getByLabel(field).first().scrollIntoViewIfNeeded();
        await inView(opened, ['Cancel', 'Add']);
      }
    }
    await assertAccessible(page, 'Add Secret with its buttons over what scrolls below');
    await opened.getByRole('button', { name: 'Cancel' }).click();
    await page.setViewportSize(DESK);
  });

  await step('a field is checked when it is left, its message belongs to it, and the first faulty one has the focus', async () => {
    const opened = await openAddSecret(page);
    const name = opened.getByLabel('Name');
    await name.focus();
    await page.keyboard.press('Tab');
    assert.notEqual(await name.getAttribute('aria-invalid'), 'true', 'Who only passes through has made no mistake.');
    await name.fill('9 bad name');
    await opened.getByLabel('Value').fill('a value that is fine');
    await opened.getByText(/Start with a letter/).waitFor();
    assert.match(await describedBy(page, name), /Start with a letter/);
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
    assert.equal(await name.evaluate((element) => element === document.activeElement), true);
    // What only the server knows lands there too.
    await name.fill('TAKEN');
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await opened.getByText(/exists already/).waitFor();
    assert.match(await describedBy(page, name), /exists already/);
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
    await opened.getByRole('button', { name: 'Cancel' }).click();
    await opened.waitFor({ state: 'hidden' });
  });

  browser.assertQuiet(/Failed to load resource: the server responded with a status of 4\d\d/);
});

async function describedBy(page: Page, field: Locator): Promise<string> {
  const ids = ((await field.getAttribute('aria-describedby')) ?? '').split(' ').filter(Boolean);
  return page.evaluate((all) => all.map((id) => document.getElementById(id)?.textContent ?? '').join(' '), ids);
}
