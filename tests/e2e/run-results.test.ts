import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { signatureFor, startAzureStandIn } from '../harness/azure-stand-in.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret, startRun } from '../harness/workspace.ts';
import { goTo, signIn, testConnection } from './console-steps.ts';

const PROBLEM = JSON.stringify({
  type: 'about:blank',
  title: 'It failed',
  status: 500,
  code: 'internal',
  detail: 'Holdfast met an error that it did not expect.',
  remedy: 'Try again; if it stays, give the operator the request id.',
  requestId: 'request-of-the-test',
});

/** Set it to a folder to have pictures of the pages. */
const { RUN_PICTURES } = process.env;

test('what became of a run’s documents is said alike everywhere, published and unchanged apart', { timeout: 180_000 }, async (t) => {
  await using service = await startAzureStandIn({ plain: true });
  service.containers.set('docs', new Map());
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-results-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  for (const name of ['a.csv', 'b.pdf', 'c.txt', 'taken.txt']) await writeFile(join(folder, name), name);
  await writeFile(join(folder, 'locked.txt'), 'locked', { mode: 0o000 });
  await using instance = await startInstance({
    environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${service.port}`, HOLDFAST_SOURCE_FOLDERS: `acme:inbox=${folder}` },
  });
  const account = await setUp(instance);
  const project = await createProject(account, 'Archive');
  const address = (permissions: string) =>
    `http://127.0.0.1:${service.port}/acme/docs?${signatureFor(service, { container: 'docs', permissions })}`;
  await putSecret(account, 'CREATE_ONLY', address('rc'));
  await putSecret(account, 'WRITE_ONLY', address('w'));
  const component = await createPublisher(account, project, { name: 'Store', container: 'docs', connection: { secret: 'CREATE_ONLY' } });
  const blind = await createPublisher(account, project, { name: 'Blind', container: 'docs', connection: { secret: 'WRITE_ONLY' } });
  const workflow = await createWorkflow(account, project, [component], { name: 'Publish', folder: 'inbox' });
  await finishRun(account, (await startRun(account, workflow)).id);
  await writeFile(join(folder, 'taken.txt'), 'another one');
  await writeFile(join(folder, 'd.txt'), 'new');
  const run = await finishRun(account, (await startRun(account, workflow)).id);
  const WORDS = '1 published, 3 unchanged, 1 left out, 1 failed';

  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const picture = async (name: string) => {
    if (RUN_PICTURES !== undefined) await page.screenshot({ path: join(RUN_PICTURES, `${name}.png`), fullPage: true });
  };

  await step('on the page of the run, with each document and its reason', async () => {
    await page.goto(`${instance.controlUrl}/`);
    await signIn(page, { name: '', email: account.email, password: account.password });
    await page.goto(`${instance.controlUrl}/organizations/acme/runs/${run.id}`);
    await page.getByLabel('Progress').getByText(WORDS, { exact: true }).waitFor();
    await page.getByText('“locked.txt” may not be read by Holdfast.').waitFor();
    await page.getByText('is there already, and the credentials permit to create, not to replace').first().waitFor();
    for (const filter of ['Published 1', 'Unchanged 3', 'Left out 1', 'Failed 1'])
      await page.getByRole('radio', { name: new RegExp(`^${filter.replace(/ (?=\d)/, '\\s?')}$`) }).waitFor();
    await picture('run-light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture('run-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 800 });
    await picture('run-narrow');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await step('in the list of runs, and on the overview', async () => {
    await goTo(page, 'Runs');
    await page.getByRole('table').getByText(WORDS, { exact: true }).waitFor();
    await picture('runs-light');
    await goTo(page, 'Overview');
    await page.getByRole('table', { name: 'Latest runs' }).getByText(WORDS, { exact: true }).waitFor();
    await picture('overview-light');
    await using elsewhere = await openBrowser({ timezoneId: 'Pacific/Auckland' });
    await elsewhere.page.goto(`${instance.controlUrl}/`);
    await signIn(elsewhere.page, { name: '', email: account.email, password: account.password });
    await elsewhere.page.getByRole('link', { name: 'failed today' }).last().waitFor();
    const zones = elsewhere.requests.flatMap(({ url }) => (/\/acme\/overview/.test(url) ? [new URL(url).searchParams.get('zone')] : []));
    assert.deepEqual([...new Set(zones)], ['Pacific/Auckland'], 'Days are those of the reader.');
  });

  await step('the history and the steps: outlines until they are there, and what could not be read is asked for again', async () => {
    for (const [path, answer, words, title, drawn] of [
      [`/runs`, /\/acme\/run-history/, 'The history', page.getByRole('heading', { name: 'History' }), page.getByText('Show as a table')],
      [
        `/projects/${project}/workflows/${workflow}`,
        /\/acme\/run-history/,
        'The history',
        page.getByRole('heading', { name: 'History' }),
        page.getByText('Show as a table'),
      ],
      [
        `/runs/${run.id}`,
        /\/runs\/[^/]+\/steps/,
        'The steps',
        page.getByLabel('Progress'),
        page.getByRole('region', { name: 'Steps' }).getByRole('link', { name: 'Store' }),
      ],
    ] as const) {
      const arrives = Promise.withResolvers<void>();
      await page.route(answer, async (route) => {
        await arrives.promise;
        await route.fulfill({ status: 500, contentType: 'application/problem+json', body: PROBLEM });
      });
      await page.goto(`${instance.controlUrl}/organizations/acme${path}`);
      await title.waitFor();
      await page.getByRole('status', { name: 'Loading' }).first().waitFor();
      await page.getByRole('table').first().getByText(WORDS, { exact: true }).or(page.getByText('locked.txt').first()).first().waitFor();
      await eventually(`all else of ${path}`, async () => (await page.getByRole('status', { name: 'Loading' }).count()) === 1);
      await assertAccessible(page, `${words} while it is on its way`);
      arrives.resolve();
      const alert = page.getByRole('alert').filter({ hasText: `${words} could not be loaded` });
      await alert.waitFor();
      assert.equal(await page.getByRole('status', { name: 'Loading' }).count(), 0, path);
      await page.unrouteAll({ behavior: 'wait' });
      await alert.getByRole('button', { name: 'Try again' }).click();
      await alert.waitFor({ state: 'hidden' });
      await drawn.waitFor();
    }
  });

  await step('of one project alone, which the page says, and takes away', async () => {
    await page.goto(`${instance.controlUrl}/organizations/acme/runs?project=${project}`);
    await page.getByRole('table', { name: 'Runs' }).getByText(WORDS, { exact: true }).waitFor();
    const history = browser.requests.findLast(({ url }) => url.includes('/run-history'));
    assert.ok(history?.url.includes(`project=${project}`), history?.url);
    await picture('runs-of-project');
    await page.getByRole('button', { name: /^Archive alone/ }).click();
    await page.waitForURL((url) => !url.search.includes('project'));
  });

  await step('the log of a run that goes on is followed past its first page, with the stream and without; its end is said', async () => {
    let written = 150;
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => ({
        ...{ sequence: from + index, time: '2026-01-01T00:00:00.000Z', level: 'info', message: `line ${from + index}`, itemName: null },
      }));
    const ended = await account.call<object>('GET', account.at(`/runs/${run.id}`));
    let answer: object = { ...ended, status: 'running', finishedAt: null, bytes: { total: 9_000, sent: 3_000 } };
    const streams = Promise.withResolvers<void>();
    const api = `/api/organizations/acme/runs/${run.id}`;
    await page.route(new RegExp(`${api}$`), (route) => route.fulfill({ json: answer }));
    await page.route(new RegExp(`${api}/log`), (route) => {
      const after = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
      const to = Math.min(after + 200, written);
      return route.fulfill({ json: { items: lines(after + 1, to), nextCursor: to < written ? String(to) : null } });
    });
    // A stream that ends at once and does not come back while the test looks.
    await page.route(new RegExp(`${api}/events`), async (route) => {
      await streams.promise;
      const event = `event: log\ndata: ${JSON.stringify({ lines: lines(151, 260), more: false })}\n\n`;
      await route.fulfill({ contentType: 'text/event-stream', body: `retry: 600000\n\n${event}` });
    });
    await page.goto(`${instance.controlUrl}/organizations/acme/runs/${run.id}`);
    const speed = page.getByLabel('Progress').getByText('Speed');
    await speed.waitFor();
    await page.getByRole('tab', { name: 'Log' }).click();
    const log = page.getByRole('region', { name: 'Lines of the log' });
    const shows = async (count: number) => {
      await log.getByText(`line ${count}`, { exact: true }).waitFor();
      await eventually(`${count} lines, each once`, async () => ((await log.getByRole('listitem').count()) === count ? true : undefined));
    };
    await shows(150);
    written = 260;
    streams.resolve();
    await shows(260);
    written = 450;
    await shows(450);
    // Of a run that was taken up again nobody knows how long its bytes took.
    answer = { ...answer, retries: 1, retriedAt: new Date().toISOString(), retriedBy: { id: workflow, name: 'Ada Lovelace' } };
    await speed.waitFor({ state: 'hidden' });
    assert.equal(await page.getByText('The run has ended').count(), 0);
    answer = ended;
    await page
      .getByRole('status')
      .filter({ hasText: `The run has ended: failed, ${WORDS}.` })
      .waitFor({ state: 'attached' });
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('in the log and on the record', async () => {
    const log = JSON.stringify(await account.call('GET', account.at(`/runs/${run.id}/log`)));
    assert.ok(log.includes(`The run failed: ${WORDS}.`), log);
    const { items } = await account.call<{ items: { detail: object; context: { run?: string } }[] }>(
      'GET',
      account.at('/audit?action=run.finish&limit=10'),
    );
    const finish = items.find((event) => event.context.run === run.id)?.detail as Record<string, unknown>;
    assert.deepEqual([finish.published, finish.unchanged, finish.leftOut, finish.failed], [1, 3, 1, 1]);
  });

  await step('the test of a connection that may write and not look says so', async () => {
    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${project}/components/${blind}`);
    assert.match(await testConnection(page), /passed.*may write, not look/s);
    await picture('component-light');
  });
});
