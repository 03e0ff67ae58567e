import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServer } from '@holdfast/db/testing';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { openAddSecret, signIn } from '../tests/e2e/console-steps.ts';
import { type Account, setUp } from '../tests/harness/account.ts';
import { startAzurite } from '../tests/harness/azurite.ts';
import { openBrowser } from '../tests/harness/browser.ts';
import { mixedDocuments } from '../tests/harness/documents.ts';
import { startInstance } from '../tests/harness/instance.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret, startRun, upload } from '../tests/harness/workspace.ts';

/** `node tools/screenshots.ts` takes the pictures of the README from the real console, in light and dark. */

const RUNS = 8;
/** Those whose letters every machine can draw. */
const DOCUMENTS = mixedDocuments().filter(({ name }) => /^[\u0020-\u024f\u2010-\u2027]+$/.test(name));
/** In the form of a real one; it opens nothing. */
const CONNECTION_STRING = `DefaultEndpointsProtocol=https;AccountName=acmearchive;AccountKey=${'A'.repeat(86)}==;EndpointSuffix=core.windows.net`;
const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
await mkdir(folder, { recursive: true });

await using azurite = await startAzurite({ account: 'acmearchive' });
await using resources = new AsyncDisposableStack();
const server = await startTestServer();
resources.defer(() => server.stop());
await using instance = await startInstance({
  environment: { DATABASE_URL: server.url, HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` },
});
const account = await setUp(instance);
const places = await createFixtures(account);
await growOld(server.url);

for (const colorScheme of ['light', 'dark'] as const) {
  await using browser = await openBrowser({ colorScheme });
  const { page } = browser;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  const take = async (name: string, path: string, before?: (page: Page) => Promise<void>) => {
    await page.goto(`${instance.controlUrl}/organizations/acme${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
    await before?.(page);
    await page.waitForTimeout(500);
    const file = `${name}-${colorScheme}.png`;
    await page.screenshot({ path: join(folder, file) });
    console.log(file);
  };
  await take('overview', '');
  await take('secrets', '/secrets');
  await take('add-secret', '/secrets', async () => {
    const opened = await openAddSecret(page);
    await opened.getByLabel('Name').fill('AZURE_INVOICES');
    await opened.getByLabel('Value').fill(CONNECTION_STRING);
  });
  await take('component', `/projects/${places.project}/components/${places.publisher}`, async () => {
    await page.getByRole('button', { name: /Connection String: / }).click();
    await page.getByLabel('Search secrets').waitFor();
  });
  await take('run', `/runs/${places.run}`);
  await take('audit', '/audit');
  await take('delete-secret', '/secrets', async () => {
    await page
      .getByRole('row', { name: /AZURE_PUBLISHER_SAS/ })
      .getByRole('button', { name: /Delete/ })
      .click();
    await page.getByText(/Used in/).waitFor();
  });
}

/** Secrets, projects and runs as a small company has them. */
async function createFixtures(account: Account) {
  const secrets: [name: string, value: string, metadata: object][] = [
    [
      'AZURE_PUBLISHER_SAS',
      azurite.connectionString,
      { description: 'Container "invoices", write only. Renew it in the storage portal.', kind: 'cloud-storage', rotationDays: 90 },
    ],
    [
      'OPENAI_API_KEY',
      'a key that was never real',
      { description: 'Extraction model, shared by all projects.', kind: 'api-key', rotationDays: 30 },
    ],
    [
      'WAREHOUSE_DATABASE_URL',
      'postgres://publisher:never-real@warehouse.acme.example:5432/reports',
      { description: 'Reporting warehouse, role "publisher".', kind: 'connection-string', rotationDays: 180 },
    ],
    [
      'SLACK_ALERT_WEBHOOK',
      'https://hooks.example.com/services/never/real',
      { description: 'Posts to #document-runs.', kind: 'webhook-url' },
    ],
    ['LEGACY_FTP_PASSWORD', 'never real either', {}],
  ];
  for (const [name, value, metadata] of secrets) await putSecret(account, name, value, metadata);
  const project = await createProject(account, 'Invoices');
  await createProject(account, 'Contracts');
  const connection = { secret: 'AZURE_PUBLISHER_SAS' };
  const publisher = await createPublisher(account, project, { name: 'Invoice archive', container: 'invoices', connection });
  const second = await createPublisher(account, project, { name: 'Auditors’ copy', container: 'auditors', connection });
  await account.call('POST', account.at(`/projects/${project}/components/${publisher}/test`));
  const workflow = await createWorkflow(account, project, [publisher], { name: 'Publish invoices' });
  await createWorkflow(account, project, [publisher, second], { name: 'Month’s end' });
  const wrong = await createPublisher(account, project, {
    name: 'Auditors’ store',
    container: 'auditors',
    connection: { ownValue: azurite.connectionString.replace(/AccountKey=.{8}/, 'AccountKey=AAAAAAAA') },
  });
  const failing = await createWorkflow(account, project, [wrong], { name: 'Hand over to auditors' });
  let run = '';
  for (let round = 0; round < RUNS; round += 1) {
    const chosen = DOCUMENTS.filter((_, index) => round === RUNS - 1 || index % RUNS === round);
    const ids = [];
    for (const document of chosen) ids.push(await upload(account, project, document));
    run = (await startRun(account, round === 4 ? failing : workflow, ids)).id;
    await finishRun(account, run);
  }
  return { project, publisher, run };
}

/**
 * Moves what was just made into the past, so that dates, sparklines and plots look as they do after some
 * months.
 */
async function growOld(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=holdfast' });
  await client.connect();
  try {
    // Days since each was added, and until it is due for a new value.
    const ages: Record<string, [added: number, due: number | null]> = {
      AZURE_PUBLISHER_SAS: [131, 77],
      OPENAI_API_KEY: [11, 20],
      WAREHOUSE_DATABASE_URL: [239, -60],
      SLACK_ALERT_WEBHOOK: [95, null],
      LEGACY_FTP_PASSWORD: [400, null],
    };
    for (const [name, [added, due]] of Object.entries(ages)) {
      await client.query(
        `update secret set created_at = now() - make_interval(days => $2), rotation_due_at = now() + make_interval(days => $3) where name = $1`,
        [name, added, due],
      );
    }
    await client.query(
      `insert into secret_use_day (organization_id, secret_id, day, uses)
       select organization_id, id, current_date - day, (6 + 5 * sin(day / 9.0) + (90 - day) / 12.0)::int from secret, generate_series(2, 88) as day
       where name = 'AZURE_PUBLISHER_SAS'`,
    );
    await client.query(
      `update run set created_at = created_at - age, started_at = started_at - age, finished_at = finished_at - age + interval '2.4 s'
       from (select id, make_interval(days => (3 * (row_number() over (order by id desc) - 1))::int) as age from run) as aged
       where aged.id = run.id`,
    );
  } finally {
    await client.end();
  }
}
