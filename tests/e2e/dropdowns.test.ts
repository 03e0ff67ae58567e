import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { signIn, takesKeys, visit } from './console-steps.ts';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** Pages, words that they show once they are read, and what their buttons open. */
const onOtherPages = (
  project: string,
  workflow: string,
): readonly (readonly [string, RegExp, readonly (readonly [RegExp, RegExp])[]])[] => [
  [
    '/secrets',
    /STORE/,
    [
      [/^Add Secret/, /Add Secret/],
      [/^Import/, /Import/],
    ],
  ],
  [
    '/secrets/STORE',
    /Replace/,
    [
      [/^Replace/, /Replace/],
      [/^Edit/, /Edit|STORE/],
      [/^Delete/, /Delete/],
    ],
  ],
  ['/projects', /Invoices/, [[/^New project/, /New project/]]],
  [`/projects/${project}/workflows/new`, /Step 1/, []],
  [
    `/projects/${project}/workflows/${workflow}`,
    /Add trigger/,
    [
      [/^Add trigger/, /New trigger/],
      [/^Delete/, /Delete/],
    ],
  ],
  ['/members', /Ada Lovelace/, [[/^Invite/, /Invite/]]],
  ['/destinations', /^(?:Enforced|Observed only)\.$/, []],
  ['/audit', /STORE/, []],
  [
    '/settings',
    /Generation/,
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
  const shows = (words: RegExp) => page.locator('main').getByText(words).filter({ visible: true }).first().waitFor();
  for (const [path, known] of [
    [`/projects/${project}`, /Azure Blob/],
    [`/projects/${project}/components/new?type=openai-model`, /Model/],
    [`/projects/${project}/components/${publisher}`, /Connection String/],
    [`/projects/${project}/examples/scans-to-archive`, /INBOX_CONTAINER/],
  ] as const) {
    for (const viewport of [DESK, PHONE]) {
      await page.setViewportSize(viewport);
      await visit(page, `${instance.controlUrl}/organizations/acme${path}`);
      await shows(known);
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
  for (const [path, known, dialogs] of onOtherPages(project, workflow)) {
    await visit(page, `${instance.controlUrl}/organizations/acme${path}`);
    await shows(known);
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
      await takesKeys(dialog);
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
