import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, putSecret } from '../harness/workspace.ts';
import { choose, chooseSecret, dialog, goTo, signIn, testConnection } from './console-steps.ts';
import { inView } from './in-view.ts';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const PHONE_WITH_KEYBOARD = { width: 390, height: 420 };

test('the form of a component checks what is typed, tries it before it is saved, and says where a secret goes', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', azurite.connectionString);
  await putSecret(account, 'ELSEWHERE', azurite.connectionString, { destinations: ['https://api.example.com:443'] });
  await putSecret(account, 'GONE', azurite.connectionString);
  const broken = await createPublisher(account, project, { name: 'Archive', container: 'pages', connection: { secret: 'GONE' } });
  await account.call('DELETE', account.at('/secrets/GONE?confirm=GONE'));
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const projectUrl = `${instance.controlUrl}/organizations/acme/projects/${project}`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
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
      const sizes = await page
        .locator('form [id]:is(p, div, span)')
        .evaluateAll((all) =>
          all.flatMap((each) =>
            document.querySelector(`[aria-describedby~="${each.id}"]`) === null ? [] : getComputedStyle(each).fontSize,
          ),
        );
      assert.ok(sizes.length > 3);
      assert.deepEqual(new Set(sizes), new Set(['12px']), 'Help and messages beside fields have one size.');
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
    assert.match(await testConnection(page), new RegExp(`passed.*It sends to http://127\\.0\\.0\\.1:${azurite.port}\\. It took `));
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
    const asking = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const question = await asking;
    assert.equal(question.type(), 'beforeunload', 'Closing the tab asks.');
    await question.dismiss();
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

  await step('what is said not to be secret is that text alone, and not what is typed there next', async () => {
    const path = page.getByRole('textbox', { name: 'Path' });
    const save = page.getByRole('button', { name: 'Save', exact: true });
    const accept = page.getByRole('button', { name: 'It is not secret' });
    const problem = page.getByText('Seal it, or say that it is not secret.').filter({ visible: true });
    const stored = async () =>
      (
        await account.call<{ configuration: { path: string } }>(
          'GET',
          account.at(`/projects/${project}/components/${page.url().split('/').at(-1)}`),
        )
      ).configuration.path;
    const [harmless, secret] = [1, 2].map(() => `{name}?token=${randomBytes(16).toString('hex')}`);
    const before = await stored();
    await path.fill(`${harmless}`);
    await save.click();
    await problem.waitFor();
    await accept.click();
    await accept.waitFor({ state: 'hidden' });
    await path.fill(`${secret}`);
    await accept.waitFor();
    await save.click();
    await problem.waitFor();
    assert.equal(await stored(), before, 'Nothing is saved.');
    await path.fill(`${harmless}`);
    await save.click();
    await eventually('the accepted text to be saved', async () => (await stored()) === harmless);
  });

  browser.assertQuiet(/Failed to load resource: the server responded with a status of 4\d\d/);
});
