import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openAddSecret, signIn } from '../tests/e2e/console-steps.ts';
import { type Account, setUp } from '../tests/harness/account.ts';
import { startAzurite } from '../tests/harness/azurite.ts';
import { openBrowser } from '../tests/harness/browser.ts';
import { mixedDocuments } from '../tests/harness/documents.ts';
import { startInstance } from '../tests/harness/instance.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret, startRun, upload } from '../tests/harness/workspace.ts';

/** `node tools/screenshots.ts` takes the pictures of the README from the real console, in light and dark. */

const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
await mkdir(folder, { recursive: true });

await using azurite = await startAzurite({ account: 'acmearchive' });
await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
const account = await setUp(instance);
const places = await furnish(account);

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
    await opened.getByLabel('Value').fill(azurite.connectionString);
  });
  await take('component', `/projects/${places.project}/components/${places.publisher}`);
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
async function furnish(account: Account) {
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
  let run = '';
  for (let round = 0; round < 3; round += 1) {
    const ids = [];
    for (const document of mixedDocuments()) ids.push(await upload(account, project, document));
    run = (await startRun(account, workflow, ids)).id;
    await finishRun(account, run);
  }
  return { project, publisher, run };
}
