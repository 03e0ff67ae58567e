import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { largeDocument, mixedDocuments, sha256, writeDocuments } from '../harness/documents.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import {
  addSecret,
  createProject,
  createPublisher,
  createWorkflow,
  dialog,
  goTo,
  openAddSecret,
  runWith,
  setUpInConsole,
  signIn,
  signOut,
  testConnection,
} from './console-steps.ts';

const CONTAINER = 'invoices';

test('a secret is put in once, and a workflow publishes real documents with it', async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  await using browser = await openBrowser({ motion: true });
  const { page } = browser;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-documents-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const documents = [...mixedDocuments(), largeDocument()];
  const paths = await writeDocuments(folder, documents);
  const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: randomBytes(12).toString('base64url') };
  const step = stepsOf(t, page);
  let firstRun = '';

  await step('the setup page makes the first account and organization, and the token leaves the address', async () => {
    await setUpInConsole(page, instance, ada, 'Acme Capital');
    assert.match(page.url(), /\/organizations\/acme-capital\/?$/);
    assert.ok(!page.url().includes('#'));
  });

  await step('signing out and in again leads back', async () => {
    await signOut(page, ada);
    await page.getByRole('textbox', { name: 'E-mail' }).fill(ada.email);
    await page.getByRole('textbox', { name: /^Password/ }).fill('not the password at all');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/E-mail or password is wrong/).waitFor();
    await signIn(page, ada);
  });

  await step('the Secrets tab explains itself when empty', async () => {
    await goTo(page, 'Secrets');
    await page.getByText('No secrets yet').waitFor();
    await page.getByText(/It is sealed in your browser/).waitFor();
  });

  await step('Add Secret says what is wrong beside the field: no name, a bad name, no value', async () => {
    const opened = await openAddSecret(page);
    const name = opened.getByLabel('Name');
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await opened.getByText('Enter a name.').waitFor();
    await name.fill('9 bad name');
    await opened.getByLabel('Value').fill('a value that is fine');
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await opened.getByText(/Start with a letter/).waitFor();
    await name.fill('FINE');
    await opened.getByLabel('Value').fill('');
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    assert.equal(await opened.getByLabel('Value').getAttribute('aria-invalid'), 'true');
    await opened.getByLabel('Value').fill('x'.repeat(65_537));
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await opened
      .getByText(/65,536|64 KiB/)
      .first()
      .waitFor();
    await opened.getByRole('button', { name: 'Cancel' }).click();
    await opened.waitFor({ state: 'hidden' });
  });

  await step('a secret is added, stands in the list, and what left the browser holds an envelope and no value', async () => {
    const before = browser.requests.length;
    await addSecret(page, 'AZURE_PUBLISHER', azurite.connectionString);
    const row = page.getByRole('row', { name: /AZURE_PUBLISHER/ });
    await row.waitFor();
    await row.getByRole('button', { name: /Delete/ }).waitFor();
    const put = browser.requests.slice(before).find((request) => request.method === 'PUT');
    assert.ok(put, 'A request carried the secret.');
    const body = JSON.parse(put.body.toString()) as { envelope: { sealed: string } };
    assert.ok(body.envelope.sealed.length > 1_500);
    assert.ok(!('value' in body));
    for (const request of browser.requests) {
      const all = Buffer.concat([Buffer.from(JSON.stringify([request.url, request.headers])), request.body]);
      for (const form of [azurite.accountKey, encodeURIComponent(azurite.accountKey), Buffer.from(azurite.accountKey).toString('base64')]) {
        assert.ok(!all.includes(form), `${request.method} ${request.url} carried the value.`);
      }
    }
  });

  await step('a name that is taken is refused beside the field, whatever its case', async () => {
    const opened = await openAddSecret(page);
    await opened.getByLabel('Name').fill('azure_publisher');
    await opened.getByLabel('Value').fill('another value');
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await opened.getByText(/exists already/).waitFor();
    await page.keyboard.press('Escape');
    await dialog(page, 'Leave without saving?').getByRole('button', { name: 'Leave' }).click();
    await opened.waitFor({ state: 'hidden' });
  });

  await step('an Azure Blob publisher uses the organization secret, and its connection is tested from the data plane', async () => {
    await goTo(page, 'Projects');
    await createProject(page, 'Invoices');
    await createPublisher(page, { name: 'Archive', container: CONTAINER, connection: { secret: 'AZURE_PUBLISHER' } });
    assert.match(await testConnection(page), /passed/);
  });

  await step('a workflow publishes every document byte for byte, with its content type', async () => {
    await page.getByRole('link', { name: 'Invoices' }).first().click();
    await createWorkflow(page, { name: 'Publish', component: 'Archive' });
    await page.getByText('A run can start.').waitFor();
    await assertAccessible(page, 'a workflow that was saved and checked');
    firstRun = await runWith(page, paths);
    await page.getByText('succeeded').first().waitFor({ timeout: 120_000 });
    const blobs = await azurite.listBlobs(CONTAINER);
    assert.equal(blobs.length, documents.length);
    for (const document of documents) {
      const blob = blobs.find((candidate) => candidate.name === document.name);
      assert.ok(blob, `${document.name} was published.`);
      assert.equal(blob.size, document.size, document.name);
      assert.equal(blob.contentType, document.contentType, document.name);
      const hash = createHash('sha256')
        .update(await azurite.readBlob(CONTAINER, blob.name))
        .digest('hex');
      assert.equal(hash, await sha256(document), document.name);
    }
  });

  await step('a second run with the same documents duplicates nothing and writes nothing again', async () => {
    const before = await azurite.listBlobs(CONTAINER);
    await page.goBack();
    await runWith(page, paths.slice(0, 8));
    await page.getByText('succeeded').first().waitFor({ timeout: 60_000 });
    assert.deepEqual(await azurite.listBlobs(CONTAINER), before);
  });

  await step('a typed value is sealed for the component alone; a wrong one fails the test and the run, without showing it', async () => {
    await goTo(page, 'Projects');
    await page.getByRole('link', { name: 'Invoices' }).click();
    const wrongKey = randomBytes(64).toString('base64');
    const wrong = azurite.connectionString.replace(azurite.accountKey, wrongKey);
    const before = browser.requests.length;
    await createPublisher(page, { name: 'Wrong', container: CONTAINER, connection: { ownValue: wrong } });
    const words = await testConnection(page);
    assert.match(words, /failed/);
    assert.ok(!words.includes(wrongKey));
    for (const request of browser.requests.slice(before)) assert.ok(!request.body.includes(wrongKey), request.url);
    await page.getByText('A value is stored, sealed for this component.').waitFor();
    await page.getByRole('link', { name: 'Invoices' }).first().click();
    await createWorkflow(page, { name: 'Fails', component: 'Wrong' });
    await page.getByText('A run would fail: 1 of 1 checks failed.').waitFor();
    await runWith(page, paths.slice(0, 1));
    await page
      .locator('main')
      .getByText(/credentials/i)
      .first()
      .waitFor({ timeout: 60_000 });
    const text = (await page.locator('main').textContent()) ?? '';
    assert.match(text, /credentials/i);
    assert.ok(!text.includes(wrongKey.slice(0, 20)));
  });

  await step('the audit shows the creation, each use with its run and destination, and the sign-ins; filters work', async () => {
    await goTo(page, 'Audit');
    await page.getByLabel('Secret').fill('AZURE_PUBLISHER');
    const table = page.getByRole('table').first();
    await table
      .getByText(/created/i)
      .first()
      .waitFor();
    await page.waitForURL(/secret=AZURE_PUBLISHER/);
    const query = new URLSearchParams({ secret: 'AZURE_PUBLISHER', limit: '200' });
    const listed = await page.evaluate(
      async (path) => (await (await fetch(path)).json()) as { items: AuditRow[] },
      `/api/organizations/acme-capital/audit?${query}`,
    );
    const actions = listed.items.map((event) => event.action);
    assert.ok(actions.includes('secret.create'));
    const use = listed.items.find((event) => event.action === 'secret.use-outcome' && event.context.run === firstRun);
    assert.ok(use, 'The use of the first run is on the record.');
    assert.match(JSON.stringify(use), new RegExp(`127\\.0\\.0\\.1:${azurite.port}`));
    assert.ok(listed.items.some((event) => event.action === 'secret.use' && event.outcome === 'intent' && event.context.run === firstRun));
    await page.goto(page.url().replace(/\?.*/, '?action=session.sign-in'));
    await page.getByRole('table').first().getByText(ada.name).first().waitFor();
  });

  await step('deleting lists what uses the secret and wants its name typed; then the component is broken', async () => {
    await goTo(page, 'Secrets');
    await page
      .getByRole('row', { name: /AZURE_PUBLISHER/ })
      .getByRole('button', { name: /Delete/ })
      .click();
    const opened = dialog(page, 'Delete secret');
    await opened.getByText(/Used in 1 place/).waitFor();
    await opened.getByText('Archive').first().waitFor();
    await opened.getByLabel(/Type AZURE_PUBLISHER to confirm/).fill('AZURE_PUBLISHER');
    for (const choice of await opened.getByRole('radio').all()) assert.equal(await choice.isChecked(), false, 'Nothing is decided yet.');
    assert.ok(await opened.getByRole('button', { name: 'Delete', exact: true }).isDisabled());
    await opened.getByLabel('They use another secret').check();
    assert.ok(await opened.getByRole('button', { name: 'Delete and use another' }).isDisabled());
    await opened.getByLabel('They break').check();
    await opened.getByRole('button', { name: 'Delete and break 1 place' }).click();
    await opened.waitFor({ state: 'hidden' });
    await page.getByText('No secrets yet').waitFor();
    await goTo(page, 'Projects');
    await page.getByRole('link', { name: 'Invoices' }).click();
    const components = page.getByRole('table', { name: 'Components' });
    await components
      .getByRole('row', { name: /Archive/ })
      .getByText('broken')
      .waitFor();
    await components.getByRole('link', { name: 'Archive' }).click();
    await page
      .getByText(/AZURE_PUBLISHER/)
      .first()
      .waitFor();
  });

  await step('its next run fails before anything is sent, and says which secret is missing and where to correct it', async () => {
    const before = await azurite.listBlobs(CONTAINER);
    const late = join(folder, 'late.txt');
    await writeFile(late, 'too late');
    await page.getByRole('link', { name: 'Invoices' }).first().click();
    await page.getByRole('table', { name: 'Workflows' }).getByRole('link', { name: 'Publish' }).click();
    await runWith(page, [late]);
    const failure = page.locator('main').getByText(/The secret “AZURE_PUBLISHER” does not exist; the component “Archive” needs it/);
    await failure.waitFor({ timeout: 30_000 });
    await page.getByRole('link', { name: 'Open Archive' }).waitFor();
    await page.getByRole('link', { name: 'Add AZURE_PUBLISHER' }).click();
    assert.equal(await dialog(page, 'Add Secret').getByLabel('Name').inputValue(), 'AZURE_PUBLISHER');
    assert.deepEqual(await azurite.listBlobs(CONTAINER), before);
  });

  // A refused form is answered with 4xx, which browsers write into their console.
  browser.assertQuiet(/Failed to load resource: the server responded with a status of 4\d\d/);
});

interface AuditRow {
  action: string;
  outcome: string;
  context: Record<string, string>;
}
