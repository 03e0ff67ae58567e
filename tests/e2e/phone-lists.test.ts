import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { addMember } from '../harness/members.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { dialog, signIn, takesKeys, visit } from './console-steps.ts';

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const PICTURES = process.env.PHONE_PICTURES;

test('on a phone, lists offer what they offer on a wide screen', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  for (const name of ['STORE', 'SPARE']) await putSecret(account, name, 'a value of a service', { description: `${name} of invoices` });
  const project = await createProject(account, 'Invoices');
  const publisher = await createPublisher(account, project, { container: 'pages', connection: { secret: 'STORE' } });
  const workflow = await createWorkflow(account, project, [publisher]);
  await account.call('POST', account.at(`/workflows/${workflow}/triggers`), { name: 'Scanner', settings: { kind: 'upload' } });
  await addMember(instance, account, instance.home, 'Edith Clarke', 'editor');
  await account.call('POST', account.at('/invitations'), { email: 'invited@example.com', role: 'viewer' });
  await using browser = await openBrowser({ viewport: PHONE });
  const { page } = browser;
  const step = stepsOf(t, page);
  const at = `${instance.controlUrl}/organizations/acme`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });

  await step('whatever a row offers there is in it, or in its menu', async () => {
    let rows = 0;
    let menus = 0;
    for (const [path, ...known] of [
      ['/secrets', /STORE/, /SPARE/],
      ['/members', /Edith Clarke/, /invited@example\.com/],
      ['/settings', /Revoke/, /Current/],
      ['/destinations'],
      [`/projects/${project}`, /Azure Blob/, /Publish documents/],
      [`/projects/${project}/workflows/${workflow}`, /Scanner/],
    ] as const) {
      await page.setViewportSize(WIDE);
      await visit(page, `${at}${path}`);
      for (const words of known) await page.locator('main').getByText(words).filter({ visible: true }).first().waitFor();
      const offered = await offersOf(page);
      await page.setViewportSize(PHONE);
      for (const [row, names] of offered.entries()) {
        if (names.length > 0) rows += 1;
        const on = (await offersOf(page))[row] ?? [];
        const missing = names.filter((name) => !on.includes(name));
        if (missing.length === 0) continue;
        menus += 1;
        const of = page.locator('tbody tr').nth(row);
        await of.getByRole('button', { name: /^Actions for / }).click();
        const items = await of.getByRole('menuitem').allInnerTexts();
        for (const name of missing)
          assert.ok(items.includes(name.split(' ')[0] ?? ''), `${path}: ${name} is in the menu, which has ${items}`);
        await page.keyboard.press('Escape');
      }
    }
    assert.ok(rows >= 5 && menus === 2, `${rows} rows with buttons, ${menus} menus`);
  });

  await step('a secret is edited, replaced and deleted from its menu, by touch', async () => {
    await page.goto(`${at}/secrets`);
    const menu = page.getByRole('button', { name: 'Actions for SPARE' });
    await menu.click();
    await page.getByRole('menu', { name: 'Actions for SPARE' }).waitFor();
    await assertAccessible(page, 'the menu of a secret on a phone');
    await picture(page, 'secret-menu');
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await dialog(page, 'Edit SPARE').getByLabel('Description').waitFor();
    await takesKeys(dialog(page, 'Edit SPARE'));
    await page.keyboard.press('Escape');
    await dialog(page, 'Edit SPARE').waitFor({ state: 'hidden' });

    await menu.click();
    await page.getByRole('menuitem', { name: 'Replace' }).click();
    const replacing = dialog(page, 'Replace the value');
    await replacing.getByLabel('Value').fill('another value of the service');
    await replacing.getByRole('button', { name: 'Replace', exact: true }).click();
    await replacing.waitFor({ state: 'hidden' });

    await menu.click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const deleting = dialog(page, 'Delete secret');
    await deleting.getByLabel('Type SPARE to confirm').fill('SPARE');
    await deleting.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Actions for SPARE' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Actions for STORE' }).waitFor();
  });

  await step('by keyboard the menu opens, is walked through, and has the focus again after it and after its dialog', async () => {
    const menu = page.getByRole('button', { name: 'Actions for STORE' });
    const hasFocus = async (name: string) => page.getByRole('menuitem', { name }).and(page.locator(':focus')).waitFor();
    const again = () => menu.and(page.locator(':focus')).waitFor();
    await menu.focus();
    await page.keyboard.press('ArrowDown');
    await hasFocus('Edit');
    await page.keyboard.press('End');
    await hasFocus('Delete');
    await page.keyboard.press('Escape');
    await again();
    await page.keyboard.press('Enter');
    await hasFocus('Edit');
    await page.keyboard.press('Enter');
    await dialog(page, 'Edit STORE').waitFor();
    await takesKeys(dialog(page, 'Edit STORE'));
    await page.keyboard.press('Escape');
    await dialog(page, 'Edit STORE').waitFor({ state: 'hidden' });
    await again();
  });

  await step('on a wide screen there are buttons in place of the menu', async () => {
    await page.setViewportSize(WIDE);
    await page.getByRole('button', { name: 'Replace STORE' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /^Actions for/ }).count(), 0);
    await picture(page, 'secrets-wide');
  });
  browser.assertQuiet();
});

/** What stands on the buttons of each row that is seen, as a screen reader says it. */
async function offersOf(page: Page): Promise<string[][]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('tbody tr')].map((row) =>
      [...row.querySelectorAll('button')]
        .filter((button) => button.checkVisibility())
        .map((button) => button.getAttribute('aria-label') ?? button.textContent ?? ''),
    ),
  );
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
