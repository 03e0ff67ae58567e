import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret } from '../harness/workspace.ts';
import { chooseSecret, dialog, goTo, signIn, testConnection } from './console-steps.ts';
import { inView } from './in-view.ts';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const PHONE_WITH_KEYBOARD = { width: 390, height: 420 };

test('a component is tried before it is saved, says where its secret goes, and is made whole where it is broken', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', azurite.connectionString);
  await putSecret(account, 'ELSEWHERE', azurite.connectionString, { destinations: ['https://api.example.com:443'] });
  await putSecret(account, 'GONE', azurite.connectionString);
  const broken = await createPublisher(account, project, { name: 'Archive', container: 'pages', connection: { secret: 'GONE' } });
  const workflow = await createWorkflow(account, project, [broken]);
  await account.call('DELETE', account.at('/secrets/GONE?confirm=GONE'));
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const projectUrl = `${instance.controlUrl}/organizations/acme/projects/${project}`;
  const ada = { name: 'Ada Lovelace', email: account.email, password: account.password };
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, ada);
  const components = async () => (await account.call<{ total: number }>('GET', account.at(`/projects/${project}/components`))).total;

  await step(
    'what is wrong is said beside its field when the field is left, and the first has the focus when it is submitted',
    async () => {
      await page.goto(`${projectUrl}/components/new?type=azure-blob-publisher`);
      const container = page.getByRole('textbox', { name: 'Container' });
      await container.fill('NO SUCH NAME');
      await page.getByRole('textbox', { name: 'Folder' }).focus();
      await page.waitForFunction((element) => element?.getAttribute('aria-invalid') === 'true', await container.elementHandle());
      assert.notEqual(await page.getByRole('textbox', { name: 'Value' }).getAttribute('aria-invalid'), 'true', 'It was not touched.');
      const ids = ((await container.getAttribute('aria-describedby')) ?? '').split(' ');
      const words = await page.evaluate((all) => all.map((id) => document.getElementById(id)?.textContent ?? '').join(' '), ids);
      assert.match(words, /Use lower-case letters, digits and single hyphens; 3 to 63 characters/);
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
      await assertAccessible(page, 'a new component with what is wrong beside its fields');
    },
  );

  await step('the buttons are in view and together at every width, also over an on-screen keyboard', async () => {
    for (const path of ['components/new?type=azure-blob-publisher', `components/${broken}`, 'workflows/new']) {
      await page.setViewportSize(DESK);
      await page.goto(`${projectUrl}/${path}`);
      const buttons = path.startsWith('components/new')
        ? ['Test connection', 'Cancel', 'Create']
        : path.startsWith('workflows')
          ? ['Cancel', 'Save draft', 'Create']
          : ['Test connection', 'Save'];
      for (const size of [DESK, PHONE, PHONE_WITH_KEYBOARD]) {
        await page.setViewportSize(size);
        await page.getByLabel('Name').first().focus();
        await inView(page.locator('main'), buttons);
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
        await inView(page.locator('main'), buttons);
        assert.equal(
          await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
          true,
          `${path} at ${size.width}`,
        );
      }
    }
    await page.setViewportSize(DESK);
  });

  await step('a typed value is tried before the first save, and saved afterwards without typing it again', async () => {
    await page.goto(`${projectUrl}/components/new?type=azure-blob-publisher`);
    const before = await components();
    const sent = browser.requests.length;
    await page.getByLabel('Name').first().fill('Own');
    await page.getByLabel('Value').fill(azurite.connectionString.replace(azurite.accountKey, randomBytes(64).toString('base64')));
    await page.getByRole('textbox', { name: 'Container' }).fill('pages');
    await page.getByLabel('Create the container when it does not exist').check();
    assert.match(await testConnection(page), /failed/);
    await page.getByLabel('Value').fill(azurite.connectionString);
    await page.getByText(/Test connection failed/).waitFor({ state: 'hidden' });
    assert.match(await testConnection(page), new RegExp(`passed.*It sends to http://127\\.0\\.0\\.1:${azurite.port}`));
    assert.equal(await page.getByLabel('Value').inputValue(), '', 'The value is no longer in the page.');
    assert.equal(await components(), before, 'Nothing is saved.');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
    await page.getByText('A value is stored, sealed for this component.').waitFor();
    assert.match(await testConnection(page), /passed/);
    for (const request of browser.requests.slice(sent)) assert.ok(!request.body.includes(azurite.accountKey), request.url);
  });

  await step('changes are tried without saving them; leaving them asks, and Cancel takes them back', async () => {
    const container = page.getByRole('textbox', { name: 'Container' });
    await container.fill('not-there');
    await page.getByLabel('Create the container when it does not exist').uncheck();
    assert.match(await testConnection(page), /failed/);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Runs/ }).click();
    await dialog(page, 'Leave without saving?').getByRole('button', { name: 'Stay' }).click();
    let asked = false;
    page.once('dialog', (shown) => {
      asked = shown.type() === 'beforeunload';
      void shown.dismiss();
    });
    await page.close({ runBeforeUnload: true });
    await page.waitForTimeout(300);
    assert.ok(asked, 'Closing the tab asks.');
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await container.inputValue(), 'pages');
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled());
    await goTo(page, 'Runs');
  });

  await step('under a chosen secret it is said where it goes; a test says so before it is saved', async () => {
    await page.goto(`${projectUrl}/components/new?type=azure-blob-publisher`);
    await page.getByLabel('Use organization secret').check();
    await chooseSecret(page, 'STORE');
    await page.getByText('Goes only to the address that its value names.').waitFor();
    await chooseSecret(page, 'ELSEWHERE');
    await page.getByText(/Goes only to https:\/\/api\.example\.com:443\./).waitFor();
    await page.getByRole('textbox', { name: 'Container' }).fill('pages');
    assert.match(
      await testConnection(page),
      /failed: The value may not be sent there.*ELSEWHERE.*may not be sent to http:\/\/127\.0\.0\.1/,
    );
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { level: 1, name: 'Invoices' }).waitFor();
  });

  await step('an editor sees what to ask for, an admin adds the secret there, and the component is whole at once', async () => {
    await asEditor(
      page,
      () => page.goto(`${projectUrl}/components/${broken}`),
      async () => {
        await page.getByText('Ask an admin to add').waitFor();
        await page.getByRole('button', { name: 'Copy the name' }).first().waitFor();
        assert.equal(await page.getByRole('button', { name: 'Add GONE' }).count(), 0);
      },
    );
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
      steps: [{ componentId: broken }],
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
  });

  await step('options are there while others call for them, and what is typed is checked when typing pauses', async () => {
    await page.goto(`${projectUrl}/components/new?type=http-publisher`);
    await page.getByRole('heading', { level: 2, name: 'Access' }).waitFor();
    const shown = async (label: string) => page.getByLabel(label).first().isVisible();
    // A new one begins with a credential: its field, and the checkbox for a secret, are there at once.
    assert.equal(await page.getByRole('combobox', { name: 'Authentication' }).inputValue(), 'Bearer token');
    assert.deepEqual([await shown('User name'), await shown('Value'), await shown('Header')], [false, true, false]);
    assert.ok(await page.getByRole('checkbox', { name: 'Use organization secret' }).isVisible());
    await choose(page, 'Authentication', 'None');
    assert.deepEqual([await shown('User name'), await shown('Value'), await shown('Header')], [false, false, false]);
    await choose(page, 'Authentication', 'User name and password');
    assert.deepEqual([await shown('User name'), await shown('Value'), await shown('Header')], [true, true, false]);
    await page.getByLabel('User name').fill('ada');
    await choose(page, 'Authentication', 'Key in a header');
    assert.deepEqual([await shown('User name'), await shown('Header')], [false, true]);
    await choose(page, 'Authentication', 'User name and password');
    assert.equal(await page.getByLabel('User name').inputValue(), 'ada', 'What was typed is there again.');
    await choose(page, 'Authentication', 'None');
    const contentType = page.getByRole('textbox', { name: 'Content type' });
    await contentType.pressSequentially('nonsense');
    await page.waitForFunction((element) => element?.getAttribute('aria-invalid') === 'true', await contentType.elementHandle());
    await contentType.fill('text/plain');
    await page.waitForFunction((element) => element?.getAttribute('aria-invalid') !== 'true', await contentType.elementHandle());
  });

  await step('a password in a URL is noticed, not sent, and sealed where it belongs', async () => {
    const before = await components();
    const sent = browser.requests.length;
    const password = `correct-horse-${randomBytes(6).toString('hex')}`;
    const baseUrl = page.getByRole('textbox', { name: 'Base URL' });
    await baseUrl.fill(`https://ada:${password}@files.example.com/in`);
    await page.getByText('This looks like a password in a URL. Everyone who may see this component can read it.').waitFor();
    await assertAccessible(page, 'a component with a credential in clear');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    assert.equal(await components(), before, 'Nothing is saved.');
    await page.getByRole('button', { name: 'Seal it' }).click();
    await page.getByText('This looks like a password').waitFor({ state: 'hidden' });
    assert.equal(await baseUrl.inputValue(), 'https://files.example.com/in');
    assert.equal(await page.getByRole('combobox', { name: 'Authentication' }).inputValue(), 'User name and password');
    assert.equal(await page.getByLabel('User name').inputValue(), 'ada');
    await page.waitForFunction(
      (wanted) => document.querySelector<HTMLTextAreaElement>('textarea[data-1p-ignore]')?.value === wanted,
      password,
    );
    await page.getByLabel('Name').first().fill('Files');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
    const saved = await account.call<{ configuration: Record<string, unknown>; sensitiveOptions: { source: string }[] }>(
      'GET',
      account.at(`/projects/${project}/components/${page.url().split('/').at(-1)}`),
    );
    assert.equal(saved.sensitiveOptions[0]?.source, 'own-value');
    assert.deepEqual([saved.configuration.baseUrl, saved.configuration.userName], ['https://files.example.com/in', 'ada']);
    assert.equal('headerName' in saved.configuration, false, 'What is hidden is not sent.');
    for (const request of browser.requests.slice(sent)) assert.ok(!`${request.url} ${request.body}`.includes(password), request.url);
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
    await asEditor(
      page,
      () => page.goto(`${projectUrl}/components/new?type=azure-blob-publisher`),
      async () => {
        await page.getByRole('textbox', { name: 'Container' }).fill('asked-meanwhile');
        await page.getByLabel('Use organization secret').check();
        await page.getByRole('button', { name: /Connection String: / }).click();
        await page.getByRole('button', { name: 'Ask an admin for one' }).click();
        const opened = dialog(page, 'Ask for a secret');
        await opened.getByLabel('Name').fill('ASKED_FOR');
        await opened.getByLabel('Note').fill('postgres://ada:correct-horse-9@db.example.com');
        await opened.getByText(/This holds what looks like a password in a URL/).waitFor();
        await opened.getByLabel('Note').fill('Write to the container, for a year.');
        await assertAccessible(page, 'the dialog that asks for a secret');
        await opened.getByRole('button', { name: 'Ask', exact: true }).click();
        await opened.waitFor({ state: 'hidden' });
        assert.equal(await page.getByRole('textbox', { name: 'Container' }).inputValue(), 'asked-meanwhile');
        await page.getByRole('button', { name: /Connection String: / }).click();
        await page.getByText(/You asked for ASKED_FOR/).waitFor();
        assert.equal(await page.getByRole('option', { name: /cloud storage/ }).count(), 0, 'Names and descriptions alone.');
      },
    );
    await page.goto(`${instance.controlUrl}/organizations/acme/secret-requests`);
    await page.getByText('Write to the container, for a year.').waitFor();
    await assertAccessible(page, 'the requests for secrets');
    await page.getByRole('button', { name: 'Add Secret: ASKED_FOR' }).click();
    const opened = dialog(page, 'Add Secret');
    assert.equal(await opened.getByLabel('Name').inputValue(), 'ASKED_FOR');
    await opened.getByLabel('Value').fill(azurite.connectionString);
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('cell', { name: /Fulfilled/ }).waitFor();
  });

  await step('a workflow has several sources, conditions and mappings, saved as a draft; what is wrong stands at its field', async () => {
    await account.call('POST', account.at(`/projects/${project}/components`), {
      name: 'Inbox',
      type: 'azure-blob-source',
      configuration: { container: 'pages', connectionString: `\${secret.STORE}` },
    });
    await page.goto(`${projectUrl}/workflows/new`);
    await page.getByLabel('Name').first().fill('Mapped');
    await page.getByRole('button', { name: 'Add a source' }).click();
    const second = page.getByRole('group', { name: 'Source 2' });
    await second.getByRole('combobox', { name: 'Connector' }).click();
    await page.getByRole('option', { name: 'Inbox' }).click();
    await second.getByLabel('Name of the source').fill('mail');
    await page.getByRole('button', { name: 'Add a source' }).click();
    await page.getByRole('button', { name: 'Remove source 3' }).click();
    await choose(page, 'Step 1', 'Archive');
    const condition = page.getByRole('textbox', { name: 'Only when, of step 1' });
    await condition.fill('document.sise > 1');
    await page.getByRole('button', { name: 'Map what it gets: step 1' }).click();
    const name = page.getByRole('textbox', { name: 'Gets it under the name, of step 1' });
    await name.fill('document.size');
    await page.getByRole('button', { name: 'Make a JSON document of fields (step 1)' }).click();
    await page.getByRole('textbox', { name: 'Field 1 of step 1', exact: true }).fill('net.total');
    const expression = page.getByRole('textbox', { name: 'Expression in CEL of field 1 of step 1' });
    await expression.fill('resut.total');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText(/No such key: sise \(at character 10\)/).waitFor();
    for (const field of [condition, name, expression]) assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await page.getByText(/It must give a text, and gives int/).waitFor();
    await page.getByText(/Unknown variable: resut/).waitFor();
    await assertAccessible(page, 'a workflow with what the server finds wrong beside its fields');
    await condition.fill('document.size > 1');
    await name.fill('"in/" + document.name');
    await expression.fill('result.total');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('It has no version yet, so it cannot run.').waitFor();
    type Saved = { version: null; sources: { name: string }[]; steps: { condition: string; mapping: unknown }[] };
    const saved = await account.call<Saved>('GET', account.at(`/workflows/${page.url().split('/').at(-1)}`));
    assert.equal(saved.version, null);
    assert.deepEqual(
      saved.sources.map((source) => source.name),
      ['upload', 'mail'],
    );
    assert.deepEqual(saved.steps[0]?.mapping, { name: '"in/" + document.name', fields: { 'net.total': 'result.total' } });
    const picture = page.getByRole('list', { name: 'The way of a document' });
    assert.deepEqual(await picture.getByRole('listitem').count(), 3);
    await picture.getByText('document.size > 1').waitFor();
    const lines = page.getByRole('group', { name: 'Picture of the workflow' }).locator('svg > path[d^="M216 "]');
    assert.equal(await lines.count(), 2, 'From each source.');
    await assertAccessible(page, 'the picture of a workflow');
    await page.setViewportSize(PHONE);
    await lines.first().waitFor({ state: 'hidden' });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    await page.setViewportSize(DESK);
    await page.getByRole('button', { name: 'Edit' }).click();
    assert.equal(await page.getByRole('textbox', { name: 'Expression in CEL of field 1 of step 1' }).inputValue(), 'result.total');
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  browser.assertQuiet(/Failed to load resource: the server responded with a status of 4\d\d/);
});

/** Lets the page believe that its reader is an editor: what it shows then is what an editor sees. */
async function asEditor(page: Page, open: () => Promise<unknown>, look: () => Promise<unknown>): Promise<void> {
  await page.route('**/api/session', async (route) => {
    const answer = await route.fetch();
    const session = await answer.json();
    for (const organization of session.organizations) organization.role = 'editor';
    await route.fulfill({ response: answer, json: session });
  });
  await open();
  await look();
  await page.unroute('**/api/session');
}

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

/** Takes one of a few in a dropdown. */
async function choose(page: Page, label: string, choice: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: choice, exact: true }).click();
}
