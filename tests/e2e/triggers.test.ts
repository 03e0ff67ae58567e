import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret } from '../harness/workspace.ts';
import { choose, dialog, signIn } from './console-steps.ts';

test('triggers are added, changed, paused and deleted in the console', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', azurite.connectionString);
  await putSecret(account, 'ELSEWHERE', azurite.connectionString, { destinations: ['https://api.example.com:443'] });
  const archive = await createPublisher(account, project, { name: 'Archive', container: 'pages', connection: { secret: 'STORE' } });
  const workflow = await createWorkflow(account, project, [archive]);
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const projectUrl = `${instance.controlUrl}/organizations/acme/projects/${project}`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });

  await step('an upload address shows its token once, and a file that is sent with it becomes a run of the workflow', async () => {
    const triggers = page.getByRole('region', { name: 'Triggers' });
    const opened = dialog(page, 'New trigger');
    const openDialogOf = async (workflow: string) => {
      await page.goto(`${projectUrl}/workflows/${workflow}`);
      await triggers.getByText('Nothing starts it by itself').waitFor();
      await triggers.getByRole('button', { name: 'Add trigger' }).click();
    };
    const refusedWithoutName = async (kinds: readonly string[]) => {
      for (const kind of kinds) {
        await choose(page, 'What starts it', kind);
        await opened.getByRole('button', { name: 'Add trigger' }).click();
        await opened.getByText('Give it a name.').waitFor();
        await assertAccessible(page, `a new trigger without a name: ${kind}`);
      }
    };
    const { id: scans } = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
      name: 'Scans',
      type: 'azure-blob-source',
      configuration: { container: 'pages', connectionString: `\${secret.STORE}` },
    });
    const { id: reading } = await account.call<{ id: string }>('POST', account.at('/workflows'), {
      projectId: project,
      name: 'Read the scans',
      source: { kind: 'component', componentId: scans, documents: 'new' },
      steps: [{ componentId: archive }],
    });
    await openDialogOf(reading);
    await refusedWithoutName(['Schedule', 'New documents']);
    await openDialogOf(workflow);
    await refusedWithoutName(['Webhook', 'Upload address']);
    await opened.getByLabel('Name').fill('Scanner');
    await opened.getByRole('button', { name: 'Add trigger' }).click();
    const first = await tokenShownIn(page, 'New trigger');
    const scanner = triggers.getByRole('listitem').filter({ hasText: 'Scanner' });
    const address = ((await scanner.locator('code').textContent()) ?? '').replace('POST ', '');
    const send = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${address}?name=scanned.txt`, { method: 'POST', headers, body: 'a page' });
      return { status: answer.status, body: (await answer.json()) as { run?: { id: string } } };
    };
    const sent = await send(first);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    assert.equal((await finishRun(account, sent.body.run?.id ?? '')).status, 'succeeded');
    assert.ok((await azurite.listBlobs('pages')).some(({ name }) => name === 'scanned.txt'));
    await page.reload();
    await scanner.getByRole('link', { name: 'run 1' }).waitFor();
    await page.getByText('by the trigger “Scanner”').waitFor();

    await scanner.getByRole('button', { name: 'New token: Scanner' }).click();
    await dialog(page, 'A new token for Scanner?').getByRole('button', { name: 'Replace token' }).click();
    const second = await tokenShownIn(page, 'New token');
    assert.deepEqual([(await send(first)).status, (await send(second)).status], [401, 202]);
    await scanner.getByRole('button', { name: 'Pause: Scanner' }).click();
    await scanner.getByText('paused', { exact: true }).waitFor();
    assert.equal((await send(second)).status, 409);
    await assertAccessible(page, 'a workflow with a trigger');
    await scanner.getByRole('button', { name: 'Delete: Scanner' }).click();
    await dialog(page, 'Delete Scanner?').getByRole('button', { name: 'Delete' }).click();
    await triggers.getByText('Nothing starts it by itself').waitFor();
    assert.equal((await send(second)).status, 401);

    const settingsOf = async (id: string) => {
      const { items } = await account.call<{ items: { settings: Record<string, unknown> }[] }>(
        'GET',
        account.at(`/workflows/${id}/triggers`),
      );
      return items.map(({ settings }) => settings);
    };
    await triggers.getByRole('button', { name: 'Add trigger' }).click();
    await choose(page, 'What starts it', 'Webhook');
    await opened.getByRole('textbox', { name: 'Name', exact: true }).fill('From the shop');
    await opened.getByRole('button', { name: 'Add trigger' }).click();
    await opened.getByText('Choose the secret that requests are signed with.').waitFor();
    await opened.getByRole('button', { name: /^Signing secret: / }).click();
    await page.getByLabel('Search secrets').fill('elsew');
    await page.getByRole('option', { name: /ELSEWHERE/ }).click();
    await opened.getByLabel('Largest document (MiB)').fill('2');
    await opened.getByLabel('Runs in a minute').fill('5');
    await assertAccessible(page, 'a new webhook');
    await opened.getByRole('button', { name: 'Add trigger' }).click();
    const shop = triggers.getByRole('listitem').filter({ hasText: 'From the shop' });
    await shop.getByRole('button', { name: 'Edit: From the shop' }).click();
    const changed = dialog(page, 'Edit From the shop');
    await changed.getByRole('button', { name: 'Signing secret: ELSEWHERE' }).waitFor();
    assert.equal(await changed.getByLabel('Largest document (MiB)').inputValue(), '2');
    await changed.getByLabel('Largest document (MiB)').fill('');
    await changed.getByRole('button', { name: 'Save' }).click();
    await changed.waitFor({ state: 'hidden' });
    const [webhook] = await settingsOf(workflow);
    assert.deepEqual([webhook?.secretName, webhook?.maximumBytes, webhook?.perMinute], ['ELSEWHERE', 1024 * 1024, 5]);
    await shop.getByRole('button', { name: 'Delete: From the shop' }).click();
    await dialog(page, 'Delete From the shop?').getByRole('button', { name: 'Delete' }).click();
    await triggers.getByText('Nothing starts it by itself').waitFor();

    await openDialogOf(reading);
    await choose(page, 'What starts it', 'Schedule');
    await opened.getByRole('textbox', { name: 'Name', exact: true }).fill('Each morning');
    await opened.getByRole('textbox', { name: 'Schedule', exact: true }).fill('30 6 * * 1-5');
    await opened.getByRole('combobox', { name: 'Time zone' }).fill('lisb');
    await page.getByRole('option', { name: 'Europe/Lisbon' }).click();
    await choose(page, 'Times that were missed', 'Leave them out');
    await opened.getByRole('button', { name: 'Add trigger' }).click();
    await triggers.getByRole('listitem').filter({ hasText: 'Each morning' }).waitFor();
    const [schedule] = await settingsOf(reading);
    assert.deepEqual([schedule?.expression, schedule?.timeZone, schedule?.missed], ['30 6 * * 1-5', 'Europe/Lisbon', 'skip']);

    const rename = async (name: string, to: string, meanwhile: () => Promise<unknown> = async () => undefined) => {
      await triggers.getByRole('button', { name: `Edit: ${name}` }).click();
      const edited = dialog(page, `Edit ${name}`);
      await edited.getByRole('textbox', { name: 'Name', exact: true }).fill(to);
      await meanwhile();
      await edited.getByRole('button', { name: 'Save' }).click();
      await edited.waitFor({ state: 'hidden' });
      await triggers.getByText(to, { exact: true }).waitFor();
    };
    const changeSchedule = async () => {
      const { items } = await account.call<{ items: { id: string }[] }>('GET', account.at(`/workflows/${reading}/triggers`));
      await account.call('PATCH', account.at(`/workflows/${reading}/triggers/${items[0]?.id}`), {
        settings: { kind: 'cron', expression: '45 7 * * 1-5' },
      });
    };
    await rename('Each morning', 'Every morning', changeSchedule);
    assert.equal((await settingsOf(reading))[0]?.expression, '45 7 * * 1-5', 'What somebody else changed meanwhile stays.');
    const expiresAt = '2099-12-31T10:00:00.000Z';
    const partner = { name: 'Partner', settings: { kind: 'upload', expiresAt } };
    await account.call('POST', account.at(`/workflows/${workflow}/triggers`), partner);
    await page.goto(`${projectUrl}/workflows/${workflow}`);
    await rename('Partner', 'Partners');
    assert.equal((await settingsOf(workflow))[0]?.expiresAt, expiresAt);
    await triggers.getByRole('button', { name: 'Edit: Partners' }).click();
    const limited = dialog(page, 'Edit Partners');
    await limited.getByLabel('Runs in a minute').fill('5');
    await limited.getByRole('button', { name: 'Save' }).click();
    await limited.waitFor({ state: 'hidden' });
    const [upload] = await settingsOf(workflow);
    assert.deepEqual([upload?.perMinute, upload?.expiresAt], [5, expiresAt], 'The hour of a day that is not touched stays.');
  });

  browser.assertQuiet(/Failed to load resource: the server responded with a status of 4\d\d/);
});

/** The token that a dialog shows: leaving it by Escape asks, and its button closes it. */
async function tokenShownIn(page: Page, title: string): Promise<string> {
  const opened = dialog(page, title);
  const token = await opened.getByLabel('Token', { exact: true }).inputValue();
  await assertAccessible(page, `a token in ${title}`);
  await page.keyboard.press('Escape');
  await dialog(page, 'Close without the token?').getByRole('button', { name: 'Stay' }).click();
  await opened.getByRole('button', { name: 'Done' }).click();
  await opened.waitFor({ state: 'hidden' });
  return token;
}
