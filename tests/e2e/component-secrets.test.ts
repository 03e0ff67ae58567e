import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { addMember } from '../harness/members.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { chooseSecret, dialog, drawn, heldRequest, signIn, testConnection } from './console-steps.ts';

test('the secret that a component misses is added, asked for, or made of what is typed, without leaving its form', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-operator-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const editor = await addMember(instance, account, home, 'Ed Editor', 'editor');
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', azurite.connectionString);
  await putSecret(account, 'GONE', azurite.connectionString);
  const broken = await createPublisher(account, project, { name: 'Archive', container: 'pages', connection: { secret: 'GONE' } });
  const workflow = await createWorkflow(account, project, [broken]);
  await account.call('DELETE', account.at('/secrets/GONE?confirm=GONE'));
  await using browser = await openBrowser();
  await using editing = await openBrowser();
  const { page } = browser;
  const editorPage = editing.page;
  const step = stepsOf(t, page);
  const projectUrl = `${instance.controlUrl}/organizations/acme/projects/${project}`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  await editorPage.goto(`${instance.controlUrl}/sign-in`);
  await signIn(editorPage, editor);

  await step('an editor sees what to ask for, an admin adds the secret there, and the component is whole at once', async () => {
    await editorPage.goto(`${projectUrl}/components/${broken}`);
    await editorPage.getByText('Ask an admin to add').waitFor();
    await editorPage.getByRole('button', { name: 'Copy the name' }).first().waitFor();
    assert.equal(await editorPage.getByRole('button', { name: 'Add GONE' }).count(), 0);
    await page.goto(`${projectUrl}/components/${broken}`);
    await page.getByRole('button', { name: 'Add GONE' }).click();
    const opened = dialog(page, 'Add Secret');
    assert.equal(await opened.getByLabel('Name').inputValue(), 'GONE');
    await opened.getByLabel('Value').fill(azurite.connectionString);
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Archive uses GONE again.').waitFor();
    await page
      .getByText(/GONE[^.]{0,40} does not exist/)
      .first()
      .waitFor({ state: 'hidden' });
    const now = await account.call<{ broken: unknown }>('GET', account.at(`/projects/${project}/components/${broken}`));
    assert.equal(now.broken, null);
    await page.getByRole('button', { name: 'Add GONE' }).waitFor({ state: 'hidden' });
    assert.match(await testConnection(page), /passed/);
  });

  await step('a secret that is there again is taken again only by the click that says so', async () => {
    await account.call('DELETE', account.at('/secrets/GONE?confirm=GONE'));
    await putSecret(account, 'GONE', azurite.connectionString);
    await page.goto(`${projectUrl}/workflows/${workflow}`);
    await page.getByRole('main').getByText('broken').first().waitFor();
    await page.getByRole('button', { name: 'Check without running' }).click();
    const checks = page.getByRole('region', { name: 'Preflight' });
    await checks.getByText('A run would fail: 1 of 1 checks failed.').waitFor();
    await checks.getByRole('link', { name: 'Archive' }).click();
    await page.getByRole('button', { name: 'Use GONE' }).click();
    await page.getByText('Archive uses GONE again.').waitFor();
  });

  await step('the link for an admin opens the dialog, which makes the component whole however late the rest is read again', async () => {
    await account.call('DELETE', account.at('/secrets/GONE?confirm=GONE'));
    await page.goto(`${projectUrl}/components/${broken}?add=GONE`);
    const opened = dialog(page, 'Add Secret');
    await opened.getByLabel('Value').fill(azurite.connectionString);
    const named = page.waitForResponse((response) => response.url().includes('/secret-names?') && response.url().includes('GONE'));
    const overview = await heldRequest(page, 'GET', /\/overview(?:\?|$)/);
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await overview.sent;
    await named;
    await drawn(page);
    overview.release();
    await page.getByText('Archive uses GONE again.').waitFor();
    await opened.waitFor({ state: 'hidden' });
    await page.unrouteAll({ behavior: 'wait' });
    await account.call('DELETE', account.at('/secrets/GONE?confirm=GONE'));
    await putSecret(account, 'GONE', azurite.connectionString);
    await page.goto(`${projectUrl}/components/${broken}?add=GONE`);
    await page.getByRole('button', { name: 'Use GONE' }).click();
    await page.getByText('Archive uses GONE again.').waitFor();
  });

  await step('Cancel, pressed before the key has come to save a typed value as a secret, leaves the form as it is', async () => {
    await page.goto(`${projectUrl}/components/new?type=azure-blob-publisher`);
    await page.getByLabel('Value').fill(azurite.connectionString);
    const released = Promise.withResolvers<void>();
    await page.route(/\/sealing-key/, async (route) => {
      await released.promise;
      await route.continue();
    });
    const opener = page.getByRole('button', { name: 'Save it as an organization secret' });
    await opener.click();
    const opened = dialog(page, 'Save as an organization secret');
    const add = opened.getByRole('button', { name: 'Add', exact: true });
    await opened.getByLabel('Name').fill('NEVER');
    await add.click();
    await eventually('the dialog to be busy', () => add.isDisabled());
    await opened.getByRole('button', { name: 'Cancel' }).click();
    await opened.waitFor({ state: 'hidden' });
    released.resolve();
    await page.unrouteAll({ behavior: 'wait' });
    // Once the key is here, what had waited for it would be on its way.
    await opener.click();
    await opened.getByText('Sealed in this browser with').waitFor();
    await opened.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await page.getByLabel('Value').inputValue(), azurite.connectionString);
    assert.equal((await account.request('GET', account.at('/secrets/NEVER'))).status, 404);
  });

  await step('a typed value becomes a secret of the organization without leaving the form, and a taken name loses nothing', async () => {
    await page.goto(`${projectUrl}/components/new?type=azure-blob-publisher`);
    const sent = browser.requests.length;
    await page.getByRole('textbox', { name: 'Container' }).fill('kept-meanwhile');
    await page.getByLabel('Value').fill(azurite.connectionString);
    await page.getByRole('button', { name: 'Save it as an organization secret' }).click();
    const opened = dialog(page, 'Save as an organization secret');
    await opened.getByLabel('Name').fill('STORE');
    await opened.getByLabel('Projects').waitFor();
    await assertAccessible(page, 'the dialog that saves a typed value as a secret');
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await opened.getByText('A secret of this name exists already.').waitFor();
    await opened.getByLabel('Name').fill('OUT_OF_THE_FORM');
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await opened.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Connection String: OUT_OF_THE_FORM' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Container' }).inputValue(), 'kept-meanwhile');
    assert.match(await testConnection(page), /failed: Not found|kept-meanwhile|failed/);
    for (const request of browser.requests.slice(sent)) assert.ok(!request.body.includes(azurite.accountKey), request.url);
  });

  await step('an admin sees kind, projects and rotation of each secret, and which are not for this project', async () => {
    const elsewhere = await createProject(account, 'Elsewhere');
    await putSecret(account, 'STORE_ELSEWHERE', azurite.connectionString, {
      kind: 'cloud-storage',
      scope: { kind: 'projects', projectIds: [elsewhere] },
    });
    await page.getByRole('button', { name: /Connection String: / }).click();
    await page.getByLabel('Search secrets').fill('STORE');
    const option = page.getByRole('option', { name: /STORE_ELSEWHERE/ });
    await option.waitFor();
    assert.match((await option.textContent()) ?? '', /cloud storage, 1 project.*not for this project/);
    assert.ok(await option.isDisabled());
    await page.keyboard.press('Escape');
  });

  await step('an editor asks an admin for a secret, who adds it from the request', async () => {
    await editorPage.goto(`${projectUrl}/components/new?type=azure-blob-publisher`);
    await editorPage.getByRole('textbox', { name: 'Container' }).fill('asked-meanwhile');
    await editorPage.getByLabel('Use organization secret').check();
    const chosen = editorPage.getByRole('button', { name: /Connection String: / });
    await chosen.click();
    await editorPage.getByRole('button', { name: 'Ask an admin for one' }).click();
    const asking = dialog(editorPage, 'Ask for a secret');
    await asking.getByLabel('Name').fill('ASKED_FOR');
    await asking.getByLabel('Note').fill('postgres://ada:correct-horse-9@db.example.com');
    await asking.getByText(/This holds what looks like a password in a URL/).waitFor();
    await asking.getByLabel('Note').fill('Write to the container, for a year.');
    await assertAccessible(editorPage, 'the dialog that asks for a secret');
    await asking.getByRole('button', { name: 'Ask', exact: true }).click();
    await asking.waitFor({ state: 'hidden' });
    assert.equal(await editorPage.getByRole('textbox', { name: 'Container' }).inputValue(), 'asked-meanwhile');
    await chosen.click();
    await editorPage.getByText(/You asked for ASKED_FOR/).waitFor();
    await editorPage.getByRole('option', { name: /STORE/ }).first().waitFor();
    assert.equal(await editorPage.getByRole('option', { name: /cloud storage/ }).count(), 0, 'Names and descriptions alone.');
    assert.equal(await editorPage.getByRole('option', { name: /STORE_ELSEWHERE/ }).count(), 0, 'None of another project.');
    await page.goto(`${instance.controlUrl}/organizations/acme/secret-requests`);
    await page.getByText('Write to the container, for a year.').waitFor();
    await page.getByRole('cell', { name: /Ed Editor/ }).waitFor();
    await assertAccessible(page, 'the requests for secrets');
    await page.getByRole('button', { name: 'Add Secret: ASKED_FOR' }).click();
    const opened = dialog(page, 'Add Secret');
    assert.equal(await opened.getByLabel('Name').inputValue(), 'ASKED_FOR');
    await opened.getByLabel('Value').fill(azurite.connectionString);
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('cell', { name: /Fulfilled/ }).waitFor();
    // The editor's form takes it, and with it the component works.
    await editorPage.keyboard.press('Escape');
    await chooseSecret(editorPage, 'ASKED_FOR');
    await editorPage.getByLabel('Create the container when it does not exist').check();
    assert.match(await testConnection(editorPage), /passed/);
  });

  for (const each of [browser, editing]) each.assertQuiet(/Failed to load resource: the server responded with a status of 4\d\d/);
});
