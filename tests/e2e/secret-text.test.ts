import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealFor, setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject } from '../harness/workspace.ts';
import { signIn, testConnection } from './console-steps.ts';

test('several secrets are named in the text of one option, tried, saved, shown again and found missing by name', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  const part = (name: string) => new RegExp(`${name}=([^;]+)`).exec(azurite.connectionString)?.[1] ?? '';
  const here = `http://127.0.0.1:${azurite.port}`;
  for (const [name, value] of [
    ['ACCOUNT', part('AccountName')],
    ['ACCOUNT_KEY', part('AccountKey')],
  ] as const) {
    const envelope = await sealFor(account, value, 'secret-value', undefined, [here]);
    await account.call('PUT', account.at(`/secrets/${name}`), { envelope, destinations: [here] });
  }
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  const text = page.getByRole('textbox', { name: 'Text of Connection String' });
  const ending = `;BlobEndpoint=${here}/\${secrets.ACCOUNT};`;
  let written = '';

  await step('who types a reference into the field of a value goes on in a text, and sees which secrets it names', async () => {
    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${project}/components/new?type=azure-blob-publisher`);
    await page.getByLabel('Name').first().fill('Two secrets');
    await page.getByRole('textbox', { name: 'Container' }).fill('pages');
    await page.getByLabel('Create the container when it does not exist').check();
    await page.getByLabel('Value').pressSequentially(`DefaultEndpointsProtocol=http;AccountName=\${secrets.ACCOUNT}`);
    await text.waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Text of Connection String');
    await page.keyboard.type(';AccountKey=');
    await page.getByRole('button', { name: /A secret for Connection String/ }).click();
    await page.getByRole('option', { name: /ACCOUNT_KEY/ }).click();
    written = `DefaultEndpointsProtocol=http;AccountName=\${secrets.ACCOUNT};AccountKey=\${secret.ACCOUNT_KEY}`;
    assert.equal(await text.inputValue(), written);
    await text.fill(`${written}${ending}`);
    written += ending;
    await page.getByText(`Goes only to ${here}.`).nth(1).waitFor();
    await assertAccessible(page, 'an option whose text names two secrets');
  });

  await step('it is tried before it is saved, and comes back as it was written', async () => {
    assert.match(await testConnection(page), /passed/);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
    assert.equal(await text.inputValue(), written);
    await page.reload();
    assert.equal(await text.inputValue(), written);
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled(), 'Nothing was changed.');
  });

  await step('a secret that is deleted shows as missing, by its name, and can be named again', async () => {
    await account.call('DELETE', account.at('/secrets/ACCOUNT_KEY?confirm=ACCOUNT_KEY'));
    await page.reload();
    await page.getByText(/The secret ACCOUNT_KEY does not exist/).waitFor();
    const envelope = await sealFor(account, part('AccountKey'), 'secret-value', undefined, [here]);
    await account.call('PUT', account.at('/secrets/ACCOUNT_KEY'), { envelope, destinations: [here] });
    await page.reload();
    await page.getByRole('button', { name: 'Use ACCOUNT_KEY' }).click();
    await page.getByText('Two secrets uses ACCOUNT_KEY again.').waitFor();
    assert.match(await testConnection(page), /passed/);
  });

  await step('what is said of a text with a password in it does not hold for the next one', async () => {
    const problem = page.getByText('Seal it, or say that it is not secret.').filter({ visible: true });
    const accept = page.getByRole('button', { name: 'It is not secret' });
    await text.fill(`https://user:placeholder-9@example.com/\${secret.ACCOUNT}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await problem.waitFor();
    await accept.click();
    await accept.waitFor({ state: 'hidden' });
    await text.fill(`https://user:correct-horse-9@example.com/\${secret.ACCOUNT}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await accept.waitFor();
    await problem.waitFor();
  });

  await step('a text that names no secret is refused before it is sent', async () => {
    await text.fill('nothing');
    await page.getByRole('button', { name: 'Save' }).click();
    await page
      .getByText(/Name a secret in it, for example/)
      .first()
      .waitFor();
  });
});
