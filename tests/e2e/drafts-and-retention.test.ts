import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, createWorkflow } from '../harness/workspace.ts';
import { signIn } from './console-steps.ts';

const CONNECTION = 'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=bm90LWEta2V5;EndpointSuffix=core.windows.net';

interface WorkflowFacts {
  description: string;
  revision: number;
  maximumRuns: number;
  steps: { condition: string | null }[];
  draft: { steps: { condition: string | null }[] } | null;
  version: { number: number } | null;
  kept: object;
}

test('drafts, former versions and what runs leave behind, in the console', { timeout: 240_000 }, async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  const archive = await createPublisher(account, project, { name: 'Archive', container: 'docs', connection: { ownValue: CONNECTION } });
  const workflow = await createWorkflow(account, project, [archive], { name: 'File' });
  const path = account.at(`/workflows/${workflow}`);
  const read = () => account.call<WorkflowFacts>('GET', path);
  const save = (condition: string | null, publish: boolean) =>
    account.call('PUT', path, {
      name: 'File',
      source: { kind: 'upload' },
      steps: [{ componentId: archive, name: 'archive', ...(condition !== null && { condition }) }],
      publish,
    });
  await save('document.size > 1', true);

  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const url = `${instance.controlUrl}/organizations/acme/projects/${project}/workflows/${workflow}`;
  const said = (words: string) => page.getByRole('region', { name: 'Notifications' }).getByText(words).waitFor();
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: '', email: account.email, password: account.password });

  await step('a draft is discarded, and what runs use stays', async () => {
    await save('document.size > 2', false);
    assert.notEqual((await read()).draft, null);
    await page.goto(url);
    await page.getByText('Runs use version 2 until it is published.').waitFor();
    await page.getByRole('button', { name: 'Discard it' }).click();
    await said('The draft is discarded.');
    await page.getByText('Runs use version 2 until it is published.').waitFor({ state: 'hidden' });
    const { draft, version, steps } = await read();
    assert.deepEqual([draft, version?.number, steps[0]?.condition], [null, 2, 'document.size > 1']);
  });

  await step('a draft that somebody has changed meanwhile is not discarded unseen', async () => {
    await save('document.size > 3', false);
    await page.reload();
    const discard = page.getByRole('button', { name: 'Discard it' });
    await discard.waitFor();
    await save('document.size > 4', false);
    await discard.click();
    await page.getByRole('region', { name: 'Notifications' }).getByRole('alert').waitFor();
    assert.equal((await read()).draft?.steps[0]?.condition, 'document.size > 4');
  });

  await step('a former version is taken as the draft, and published', async () => {
    await page.reload();
    await page.getByRole('button', { name: 'Restore version 1 as the draft' }).click();
    await said('Version 1 is the draft now.');
    await page.getByText('Step “archive” has no condition any more.').first().waitFor();
    const restored = await read();
    assert.deepEqual([restored.draft?.steps[0]?.condition ?? null, restored.version?.number], [null, 2]);
    // The version that runs use has nothing to restore.
    assert.equal(await page.getByRole('button', { name: 'Restore version 2 as the draft' }).count(), 0);
    await assertAccessible(page, 'a version that was taken as the draft');
    await page.getByRole('button', { name: 'Publish the draft' }).click();
    await said('Version 3 is published.');
    await page.getByRole('table', { name: 'Versions of this workflow' }).getByRole('row', { name: /^3 / }).waitFor();
    const published = await read();
    assert.deepEqual([published.draft, published.version?.number, published.steps[0]?.condition ?? null], [null, 3, null]);
  });

  await step('how long the organization keeps what runs leave behind: days are saved, refused and taken away', async () => {
    const kept = async () => {
      const { documentDays, logDays, runDays } = await account.call<Record<string, unknown>>('GET', account.at('/retention'));
      return { documentDays, logDays, runDays };
    };
    const field = (name: string) => page.getByRole('textbox', { name, exact: true });
    const button = () =>
      page
        .locator('form')
        .filter({ has: field('Logs') })
        .getByRole('button', { name: 'Save' });
    await page.goto(`${instance.controlUrl}/organizations/acme/settings`);
    await field('Documents').waitFor();
    assert.ok(await button().isDisabled(), 'nothing is typed yet');
    for (const [name, days] of [
      ['Documents', '7'],
      ['Logs', '30'],
      ['Runs', '90'],
    ] as const) {
      await field(name).fill(days);
    }
    await button().click();
    await said('The policy is saved.');
    assert.deepEqual(await kept(), { documentDays: 7, logDays: 30, runDays: 90 });
    await page.getByText(/^Changed .* by /).waitFor();
    await page.reload();
    await field('Runs').waitFor();
    assert.deepEqual(await Promise.all(['Documents', 'Logs', 'Runs'].map((name) => field(name).inputValue())), [
      '7 days',
      '30 days',
      '90 days',
    ]);
    await field('Runs').fill('4000');
    await button().click();
    await page.getByText(/3,?650/).waitFor();
    await assertAccessible(page, 'days that are too many');
    assert.equal((await kept()).runDays, 90);
    await field('Runs').fill('');
    await button().click();
    await eventually('the days of runs to be taken away', async () => ((await kept()).runDays === null ? true : undefined));
    assert.deepEqual(await kept(), { documentDays: 7, logDays: 30, runDays: null });
  });

  await step('a workflow says otherwise, and shows what holds where it says nothing', async () => {
    await page.goto(url);
    const limits = page.getByRole('region', { name: 'Limits' });
    const textbox = (name: string) => page.getByRole('textbox', { name, exact: true });
    const field = (name: string) => limits.locator(textbox(name));
    const saveBeside = (name: string) =>
      limits
        .locator('form')
        .filter({ has: textbox(name) })
        .getByRole('button', { name: 'Save' })
        .click();
    await field('Documents').waitFor();
    assert.deepEqual(await Promise.all(['Documents', 'Logs', 'Runs'].map((name) => field(name).getAttribute('placeholder'))), [
      '7 days',
      '30 days',
      'without end',
    ]);
    await field('Documents').fill('0');
    await saveBeside('Logs');
    await said('The policy of the workflow is saved.');
    assert.deepEqual((await read()).kept, { documentDays: 0, logDays: null, runDays: null });

    await field('Runs at once').fill('3');
    await saveBeside('Runs at once');
    await said('At most 3 runs at once.');
    assert.equal((await read()).maximumRuns, 3);
    await page.reload();
    await field('Runs at once').waitFor();
    assert.deepEqual(await Promise.all(['Runs at once', 'Documents'].map((name) => field(name).inputValue())), ['3', '0 days']);
  });
});
