// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { mixedDocuments } from '../harness/documents.ts';
import { startInstance } from '../harness/instance.ts';
import { addMember } from '../harness/members.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createWorkflow, finishRun, putSecret, startRun, upload } from '../harness/workspace.ts';
import { dialog, goTo, signIn, testConnection } from './console-steps.ts';

/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.DESTINATION_PICTURES;

async function picture(page: Page, name: string): Promise<void> {
  await assertAccessible(page, name);
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

test('a key that names no host: an editor’s component waits, an admin approves it, it publishes, and is revoked', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-operator-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const editor = await addMember(instance, account, home, 'Ed Editor', 'editor');
  const project = await createProject(account, 'Invoices');
  const part = (name: string) => new RegExp(`${name}=([^;]+)`).exec(azurite.connectionString)?.[1] ?? '';
  const here = `http://127.0.0.1:${azurite.port}`;
  await putSecret(account, 'ACCOUNT_KEY', part('AccountKey'));
  const text = `DefaultEndpointsProtocol=http;AccountName=${part('AccountName')};AccountKey=\${secret.ACCOUNT_KEY};BlobEndpoint=${here}/${part('AccountName')};`;
  await using editing = await openBrowser();
  await using deciding = await openBrowser();
  const step = stepsOf(t, editing.page);
  let component = '';
  let workflow = '';
  const publish = async () => {
    const [document] = mixedDocuments();
    assert.ok(document !== undefined);
    const id = await upload(account, project, document);
    return finishRun(account, (await startRun(account, workflow, [id])).id);
  };

  await step('an editor is said before saving that an admin is asked, and after it what waits', async () => {
    const { page } = editing;
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, editor);
    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${project}/components/new?type=azure-blob-publisher`);
    await page.getByLabel('Name').first().fill('Archive');
    await page.getByRole('textbox', { name: 'Container' }).fill('pages');
    await page.getByLabel('Create the container when it does not exist').check();
    await page.getByLabel('Value').pressSequentially('${secret.ACCOUNT_KEY}');
    await page.getByRole('textbox', { name: 'Text of Connection String' }).fill(text);
    await page.getByText(/an owner or admin is asked when you save/).waitFor();
    await picture(page, 'editor-form');
    assert.match(await testConnection(page), /may not be sent to .*Save it, and an owner or admin can approve it/s);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
    component = page.url().split('/').at(-1) ?? '';
    await page.getByText('Waits for an owner or admin:').waitFor();
    await picture(page, 'editor-waits');
    workflow = await createWorkflow(account, project, [component]);
    const { failure } = await publish();
    assert.deepEqual([failure?.code, failure?.secretName], ['destination_refused', 'ACCOUNT_KEY']);
    assert.match(failure?.remedy ?? '', /\/organizations\/acme\/destinations/);
  });

  await step('an owner finds the request on the overview, sees for whom and whereto, and approves it', async () => {
    const { page } = deciding;
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
    const waiting = page.getByRole('table', { name: 'Destinations that wait for you' });
    await waiting.getByText(here).waitFor();
    await waiting.getByText('Ed Editor').waitFor();
    await picture(page, 'overview');
    await goTo(page, 'Destinations');
    await page.getByText('Enforced.').waitFor();
    await picture(page, 'waiting');
    await page.getByRole('button', { name: `Approve: ACCOUNT_KEY to ${here}` }).click();
    const asked = dialog(page, 'Approve this destination?');
    await asked.getByText('From the next use on').waitFor();
    await picture(page, 'approve');
    await asked.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('table', { name: 'Destinations' }).getByText('Approved', { exact: true }).waitFor();
    assert.equal((await publish()).status, 'succeeded');
  });

  await step('the secret shows where it goes, and a revocation with its reason stands at the component', async () => {
    const { page } = deciding;
    await page.goto(`${instance.controlUrl}/organizations/acme/secrets/ACCOUNT_KEY`);
    await page.getByRole('tab', { name: 'Goes to' }).click();
    await page.getByText(here).waitFor();
    await picture(page, 'secret');
    await page.getByRole('button', { name: `Revoke: ACCOUNT_KEY to ${here}` }).click();
    const asked = dialog(page, 'Revoke this destination?');
    await asked.getByText('One component sends there now').waitFor();
    await asked.getByLabel('Reason').fill('The account was closed.');
    await asked.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Revoked', { exact: true }).waitFor();
    assert.equal((await publish()).failure?.code, 'destination_refused');
    await editing.page.reload();
    await editing.page.getByText('No longer approved:').waitFor();
    await editing.page.getByText(/The account was closed/).waitFor();
  });

  await step('observe lets it go on, says what would be refused, and many are decided at once', async () => {
    const { page } = deciding;
    const { id: secretId } = await account.call<{ id: string }>('GET', account.at('/secrets/ACCOUNT_KEY'));
    const hosts = Array.from({ length: 60 }, (_, number) => `https://host-${number}.example.com`);
    await account.call('POST', account.at('/destinations'), {
      decision: 'approve',
      items: hosts.map((destination) => ({ secretId, destination })),
    });
    await goTo(page, 'Destinations');
    await page.getByRole('button', { name: 'Only observe' }).click();
    await dialog(page, 'Only observe destinations?').getByRole('button', { name: 'Only observe' }).click();
    await page.getByText(/One destination would be refused if it were enforced/).waitFor();
    assert.equal((await publish()).status, 'succeeded');
    await picture(page, 'observe');
    await page.getByRole('radiogroup', { name: 'State' }).getByText('Approved').click();
    await page.getByText('host-1.example.com').first().waitFor();
    await page.getByRole('checkbox', { name: 'Select all that are listed' }).check();
    await picture(page, 'many');
    await page
      .getByRole('region', { name: 'Selected destinations' })
      .getByRole('button', { name: /^Revoke \d+/ })
      .click();
    await dialog(page, /Revoke \d+ destinations/)
      .getByRole('button', { name: 'Revoke' })
      .click();
    await page.getByText(/destinations are revoked/).waitFor();
    await page.getByRole('button', { name: 'Enforce', exact: true }).click();
    await dialog(page, 'Enforce destinations?').getByRole('button', { name: 'Enforce' }).click();
    await page.getByText('Enforced.', { exact: true }).waitFor();
  });

  await step('who deletes a secret and names another sees where that one will be sent, and what of it waits', async () => {
    const { page } = deciding;
    await putSecret(account, 'NEXT_KEY', part('AccountKey'));
    await page.goto(`${instance.controlUrl}/organizations/acme/secrets/ACCOUNT_KEY`);
    await page.getByRole('button', { name: /^Delete/ }).click();
    const asked = dialog(page, 'Delete secret');
    await asked.getByLabel('They use another secret').check();
    await asked.getByRole('combobox', { name: 'Use instead' }).fill('NEXT');
    await page.getByRole('option', { name: 'NEXT_KEY' }).click();
    const places = asked.getByRole('list', { name: 'Where NEXT_KEY will be sent' });
    await places.getByText(here).waitFor();
    await places.getByText('will wait for an owner or admin').waitFor();
    await picture(page, 'replace');
    await asked.getByLabel(/Type ACCOUNT_KEY to confirm/).fill('ACCOUNT_KEY');
    await asked.getByRole('button', { name: 'Delete and use NEXT_KEY' }).click();
    await asked.waitFor({ state: 'hidden' });
    assert.equal((await publish()).failure?.code, 'destination_refused');
    const { id: secretId } = await account.call<{ id: string }>('GET', account.at('/secrets/NEXT_KEY'));
    await account.call('POST', account.at('/destinations'), { decision: 'approve', items: [{ secretId, destination: here }] });
    assert.equal((await publish()).status, 'succeeded');
  });

  if (PICTURES !== undefined) {
    for (const [name, options] of Object.entries({
      dark: { colorScheme: 'dark' },
      phone: { viewport: { width: 390, height: 844 } },
    } as const)) {
      await using browser = await openBrowser(options);
      await browser.page.goto(`${instance.controlUrl}/sign-in`);
      await signIn(browser.page, { name: 'Ada Lovelace', email: account.email, password: account.password });
      for (const path of [
        'destinations',
        'destinations?state=requested',
        'secrets/NEXT_KEY',
        `projects/${project}/components/${component}`,
      ]) {
        await browser.page.goto(`${instance.controlUrl}/organizations/acme/${path}`);
        await browser.page.waitForLoadState('networkidle');
        if (path.startsWith('secrets')) await browser.page.getByRole('tab', { name: 'Goes to' }).click();
        await browser.page.waitForTimeout(500);
        await picture(browser.page, `${name}-${path.replaceAll(/[^a-z]+/gi, '-').slice(0, 30)}`);
      }
    }
  }
});
