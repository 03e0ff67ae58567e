import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { addMember } from '../harness/members.ts';
import { dialog, goTo, signIn } from './console-steps.ts';

/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.ORGANIZATION_PICTURES;

async function picture(page: Page, name: string): Promise<void> {
  await assertAccessible(page, name);
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

test('roles, leaving, the name and the deletion of an organization: what owners, editors and viewers are shown', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-operator-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const owner = { name: 'Ada Lovelace', email: account.email, password: account.password };
  const viewer = await addMember(instance, account, home, 'Vera Viewer', 'viewer');
  const editor = await addMember(instance, account, home, 'Ed Editor', 'editor');
  const organizationUrl = `${instance.controlUrl}/organizations/acme`;
  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, owner);

  await t.test('the only owner is not offered to leave; a change of role and a removal ask, and say what ends', async () => {
    await goTo(page, 'Members');
    await page.getByText('make another member an owner before you leave').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Leave the organization' }).count(), 0);
    assert.equal(await page.getByRole('combobox', { name: `Role of ${owner.name}` }).count(), 0);
    const choose = async (name: string, role: string) => {
      await page.getByRole('combobox', { name: `Role of ${name}` }).click();
      await page.getByRole('option', { name: role, exact: true }).click();
    };
    await picture(page, 'members');
    await choose(editor.name, 'viewer');
    const asked = dialog(page, `Change the role of ${editor.name}`);
    await asked.getByText('configure components and workflows, and start runs').waitFor();
    await picture(page, 'change-of-role');
    await asked.getByRole('button', { name: 'Cancel' }).click();
    await asked.waitFor({ state: 'hidden' });
    assert.equal(await page.getByRole('combobox', { name: `Role of ${editor.name}` }).inputValue(), 'editor');
    await choose(editor.name, 'owner');
    await dialog(page, `Change the role of ${editor.name}`).getByText('can then also:').waitFor();
    await dialog(page, `Change the role of ${editor.name}`)
      .getByRole('button', { name: `Make ${editor.name} an owner` })
      .click();
    await page.getByRole('button', { name: 'Leave the organization' }).waitFor();
    await choose(editor.name, 'editor');
    await dialog(page, `Change the role of ${editor.name}`)
      .getByRole('button', { name: `Make ${editor.name} an editor` })
      .click();
    await page.getByText('make another member an owner before you leave').waitFor();
    await page.getByRole('button', { name: `Remove ${viewer.name}` }).click();
    await dialog(page, `Remove ${viewer.name}`).getByText('see projects, workflows and runs').waitFor();
    await picture(page, 'removal');
    await dialog(page, `Remove ${viewer.name}`).getByRole('button', { name: 'Cancel' }).click();
  });

  await t.test('an owner renames it, and has it deleted after reading what that removes', async () => {
    await goTo(page, 'Keys & settings');
    await page.getByRole('button', { name: 'Rename' }).click();
    const name = page.getByLabel('Organization name');
    await name.fill('Acme & Daughters');
    await page.locator('form').filter({ has: name }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('The organization is called Acme & Daughters now.').waitFor();
    await page.getByRole('button', { name: 'Delete organization…' }).click();
    const asked = dialog(page, 'Delete Acme & Daughters');
    await asked.getByText('3 memberships and 1 token; accounts stay').waitFor();
    await picture(page, 'delete-organization');
    const confirm = asked.getByRole('button', { name: 'Delete in 7 days' });
    assert.ok(await confirm.isDisabled());
    await asked.getByLabel(/^Type/).fill('Acme & Daughters');
    await confirm.click();
    await page.getByRole('region', { name: 'Deletion of the organization' }).waitFor();
    await page.getByRole('link', { name: 'Export the record' }).waitFor();
    await picture(page, 'to-be-deleted');
  });

  await t.test('a viewer sees the date, and is offered nothing that a viewer may not do', async () => {
    await using other = await openBrowser({ viewport: { width: 390, height: 844 } });
    await other.page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(other.page, viewer);
    const offers =
      /New project|New workflow|Add Secret|Invite|Go to the projects|Keep the organization|Delete organization|Rename|Make one for each/;
    for (const path of ['', '/projects', '/runs', '/settings', '/secrets', '/members', '/audit']) {
      await other.page.goto(`${organizationUrl}${path}`);
      await other.page.getByRole('heading', { level: 1 }).waitFor();
      await other.page.getByText('An owner can keep it.').waitFor();
      await picture(other.page, `viewer${path.replace('/', '-')}`);
      const main = ((await other.page.locator('main').textContent()) ?? '').replaceAll('\n', ' ');
      assert.doesNotMatch(main, offers, path);
      const width = await other.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${path}: ${width} pixels wide`);
    }
    await other.page.goto(`${organizationUrl}/secrets`);
    await other.page.getByText('Owners and admins see the organization’s secrets.', { exact: true }).waitFor();

    // Every role can leave, and is asked first.
    await other.page.goto(`${instance.controlUrl}/account`);
    await other.page.getByRole('button', { name: 'Leave Acme & Daughters' }).click();
    await picture(other.page, 'leave');
    await dialog(other.page, 'Leave Acme & Daughters').getByRole('button', { name: 'Leave' }).click();
    await other.page.getByText('You have left Acme & Daughters.').waitFor();
    await other.page.getByText('You are a member of none.').waitFor();
    other.assertQuiet(/403/);
  });

  await t.test('an editor is sent to admins for secrets, and to nothing else that is closed', async () => {
    await using other = await openBrowser();
    await other.page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(other.page, editor);
    for (const path of ['', '/projects', '/runs', '/settings', '/secrets', '/members']) {
      await other.page.goto(`${organizationUrl}${path}`);
      await other.page.getByRole('heading', { level: 1 }).waitFor();
      await other.page.getByText('An owner can keep it.').waitFor();
      const main = ((await other.page.locator('main').textContent()) ?? '').replaceAll('\n', ' ');
      assert.doesNotMatch(main, /Add Secret|Invite|Keep the organization|Delete organization|Rename/, path);
    }
    other.assertQuiet(/403/);
  });

  await t.test('the owner keeps it', async () => {
    await page.reload();
    await page.getByRole('region', { name: 'Deletion of the organization' }).getByRole('button', { name: 'Keep the organization' }).click();
    await page.getByText('Acme & Daughters stays.').waitFor();
    await page.getByRole('region', { name: 'Deletion of the organization' }).waitFor({ state: 'hidden' });
    await page.goto(`${organizationUrl}/members`);
    await page.getByText(editor.name).first().waitFor();
    assert.equal(await page.getByText(viewer.name).count(), 0);
  });
  browser.assertQuiet();
});
