import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@holdfast/db/testing';
import pg from 'pg';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, putSecret } from '../harness/workspace.ts';
import { goTo, signIn } from './console-steps.ts';

interface RecordState {
  readonly entries: number;
  readonly checkpoint: { readonly size: number } | null;
  readonly stopped: { readonly code: string } | null;
}

test('an owner sees that the record is intact and copies a proof; and, when it does not verify, that uses are stopped and what to do', async (t) => {
  await using resources = new AsyncDisposableStack();
  const server = await startTestServer();
  resources.defer(() => server.stop());
  await using azurite = await startAzurite();
  await using instance = await startInstance({
    environment: { DATABASE_URL: server.url, HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` },
  });
  const account = await setUp(instance);
  await putSecret(account, 'STORE', azurite.connectionString);
  const project = await createProject(account, 'Invoices');
  const publisher = await createPublisher(account, project, { container: 'pages', connection: { secret: 'STORE' } });
  const testConnection = () => account.request<{ ok: boolean }>('POST', account.at(`/projects/${project}/components/${publisher}/test`));
  const state = () => account.call<RecordState>('GET', account.at('/audit/record'));

  await eventually('the record to be signed', async () => ((await state()).checkpoint === null ? undefined : true));
  await using browser = await openBrowser();
  const { page } = browser;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });

  await t.test('intact', async () => {
    await goTo(page, 'Audit');
    await page.getByText(/events, record intact, (?:all signed|signed up to event \d+)/).waitFor();
    await page.getByRole('button', { name: 'Details of event 1', exact: true }).click();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy proof' }).click();
    await page.getByText('The proof of event 1 is copied.').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(copied.startsWith('c2sp.org/tlog-proof@v1\n'), copied.slice(0, 100));
    await assertAccessible(page, 'audit, intact');
  });

  await t.test('stopped', async () => {
    const database = new pg.Client({ connectionString: server.url });
    await database.connect();
    await database.query(`
      insert into holdfast.audit_event (organization_id, sequence, time, recorded_by, body)
      select organization_id, 4000, time, recorded_by, body from holdfast.audit_event where sequence = 1`);
    await database.end();
    await testConnection();
    const stopped = await eventually('the data plane to stop the organization', async () => (await state()).stopped ?? undefined);
    assert.equal(stopped.code, 'record_incomplete');

    await page.goto(`${instance.controlUrl}/organizations/acme`);
    const banner = page.getByRole('alert').filter({ hasText: 'uses of its secrets are stopped' });
    await banner.waitFor();
    await assertAccessible(page, 'overview, stopped');
    await banner.getByRole('link', { name: 'What to do' }).click();
    await page.getByRole('alert').filter({ hasText: 'Export the record now' }).waitFor();
    assert.equal(await page.getByText('record intact').count(), 0);
    await assertAccessible(page, 'audit, stopped');
  });
});
