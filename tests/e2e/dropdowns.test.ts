import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { signIn } from './console-steps.ts';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** Pages, and what their buttons open. */
const onOtherPages = (project: string, workflow: string): readonly (readonly [string, readonly (readonly [RegExp, RegExp])[]])[] => [
  [
    '/secrets',
    [
      [/^Add Secret/, /Add Secret/],
      [/^Import/, /Import/],
    ],
  ],
  [
    '/secrets/STORE',
    [
      [/^Replace/, /Replace/],
      [/^Edit/, /Edit|STORE/],
      [/^Delete/, /Delete/],
    ],
  ],
  ['/projects', [[/^New project/, /New project/]]],
  [`/projects/${project}/workflows/new`, []],
  [
    `/projects/${project}/workflows/${workflow}`,
    [
      [/^Add trigger/, /New trigger/],
      [/^Delete/, /Delete/],
    ],
  ],
  ['/members', [[/^Invite/, /Invite/]]],
  ['/destinations', []],
  ['/audit', []],
  [
    '/settings',
    [
      [/token/i, /token/i],
      [/^Rotate/, /Rotate/],
    ],
  ],
];

test('every dropdown, menu and dialog is accessible when it is open', { timeout: 240_000 }, async () => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', 'UseDevelopmentStorage=true;AccountKey=not-a-key', { kind: 'cloud-storage' });
  await putSecret(account, 'OTHER', 'a value that nothing uses', { rotationDays: 30 });
  const publisher = await createPublisher(account, project, { container: 'pages', connection: { secret: 'STORE' } });
  const workflow = await createWorkflow(account, project, [publisher], { name: 'Publish' });
  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  const choices = page.locator('[role=option]:visible, [role=menuitem]:visible').first();
  const opened: string[] = [];
  for (const path of [
    `/projects/${project}`,
    `/projects/${project}/components/new?type=openai-model`,
    `/projects/${project}/components/${publisher}`,
    `/projects/${project}/examples/scans-to-archive`,
  ]) {
    for (const viewport of [DESK, PHONE]) {
      await page.setViewportSize(viewport);
      await page.goto(`${instance.controlUrl}/organizations/acme${path}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
      const openers = page.locator('[aria-haspopup=menu]:visible, [aria-haspopup=listbox]:visible');
      for (let number = 0; number < (await openers.count()); number++) {
        const opener = openers.nth(number);
        const name = `${viewport.width} ${(await opener.getAttribute('aria-label')) ?? (await opener.textContent())}${await opener.getAttribute('id')}`;
        // The menus of the frame are the same on every page.
        if (opened.includes(name)) continue;
        opened.push(name);
        await opener.click();
        await choices.waitFor();
        await assertAccessible(page, `${path}, ${name}, open`);
        await page.keyboard.press('Escape');
        await choices.waitFor({ state: 'hidden' });
      }
    }
  }
  // What stands on one page alone is looked at in one width.
  await page.setViewportSize(DESK);
  const menus = page.locator('main [aria-haspopup=menu]:visible, main [aria-haspopup=listbox]:visible');
  for (const [path, dialogs] of onOtherPages(project, workflow)) {
    await page.goto(`${instance.controlUrl}/organizations/acme${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
    for (let number = 0; number < Math.min(await menus.count(), 4); number++) {
      const name = `${path} ${number}`;
      opened.push(name);
      await menus.nth(number).click();
      await choices.waitFor();
      await assertAccessible(page, `${name}, open`);
      await page.keyboard.press('Escape');
      await choices.waitFor({ state: 'hidden' });
    }
    for (const [button, title] of dialogs) {
      await page.locator('main').getByRole('button', { name: button }).first().click();
      const dialog = page.getByRole('dialog', { name: title });
      await dialog.waitFor();
      await assertAccessible(page, `${path}, ${title}`);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    }
  }
  for (const each of [
    '1280 Account of Ada',
    '1280 Manage',
    '1280 Connection String: ',
    '390 Connection String: ',
    '390 INBOX_CONTAINER: ',
  ]) {
    assert.ok(
      opened.some((name) => name.startsWith(each)),
      `${each} is not among ${opened.join(', ')}`,
    );
  }
  browser.assertQuiet();
});
