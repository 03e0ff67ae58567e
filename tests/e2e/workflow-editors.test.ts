import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { addMember } from '../harness/members.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { goTo, signIn } from './console-steps.ts';
import { problemAnswer } from './problem-answer.ts';

const CONNECTION = 'BlobEndpoint=http://127.0.0.1:1/store1;SharedAccessSignature=sv=2020-01-01&sig=not-a-signature';
const KEY = `AccountName=acme;AccountKey=\${secret.KEY};EndpointSuffix=core.windows.net`;

interface Saved {
  revision: number;
  description: string;
  maximumRuns: number;
  yaml: string | null;
  steps: { name: string; input: string; condition?: string }[];
  draft: { steps: { name: string; condition?: string }[] } | null;
}

test('two people edit a workflow, and neither loses anything; a draft and what waits are drawn', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', CONNECTION);
  const archive = await createPublisher(account, project, { name: 'Archive', container: 'pages', connection: { secret: 'STORE' } });
  const copy = await createPublisher(account, project, { name: 'Copy', container: 'copies', connection: { secret: 'STORE' } });
  const workflow = await createWorkflow(account, project, [archive], { name: 'File' });
  const editor = await addMember(instance, account, instance.temporary, 'Grace Hopper', 'editor');
  const path = account.at(`/workflows/${workflow}`);
  const read = () => account.call<Saved>('GET', path);
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const url = `${instance.controlUrl}/organizations/acme/projects/${project}/workflows/${workflow}`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, editor);
  const save = (condition: string, publish = true) =>
    account.call('PUT', path, {
      name: 'File',
      source: { kind: 'upload' },
      steps: [{ componentId: archive, name: 'archive', condition }],
      publish,
    });
  const edit = async () => {
    await page.goto(url);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
  };
  const condition = page.getByLabel('Only when, of step 1');
  const conflict = page.getByRole('alert').filter({ hasText: 'while you were editing it' });

  await step('a step is called as one likes, and what takes from it follows', async () => {
    await edit();
    await page.getByLabel('Name of step 1').fill('original');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('“original” is the document as it came.').waitFor();
    await page.getByLabel('Name of step 1').fill('store');
    await page.getByRole('button', { name: 'Save and publish' }).click();
    await page.getByRole('heading', { level: 1, name: 'File', exact: true }).waitFor();
    assert.deepEqual(
      (await read()).steps.map(({ name }) => name),
      ['store'],
    );
  });

  await step('what another saved is shown with who and what, and is not replaced; theirs is loaded, and one’s own comes back', async () => {
    await edit();
    await condition.fill('document.size > 1');
    await save('document.size > 100');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await conflict.getByText(/Ada Lovelace has changed this workflow/).waitFor();
    await conflict.getByText('Step “archive” has a condition: document.size > 100').waitFor();
    await conflict.getByText(/document\.size > 1 \(was: document\.size > 100\)/).waitFor();
    assert.equal((await read()).draft, null);
    assert.ok(await conflict.evaluate((element) => element === document.activeElement));
    await assertAccessible(page, 'a conflict');
    await page.setViewportSize({ width: 390, height: 844 });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
    await page.setViewportSize({ width: 1280, height: 800 });
    await conflict.getByRole('button', { name: 'Load theirs' }).click();
    await conflict.waitFor({ state: 'hidden' });
    assert.equal(await condition.inputValue(), 'document.size > 100');
    await page.getByRole('button', { name: 'Back to mine' }).click();
    assert.equal(await condition.inputValue(), 'document.size > 1');
  });

  await step('mine is kept and saved over theirs when one says so', async () => {
    await save('document.size > 200');
    // Without a press: the page asks now and then.
    await conflict
      .getByText(/document\.size > 200/)
      .first()
      .waitFor({ timeout: 30_000 });
    await conflict.getByRole('button', { name: 'Keep mine' }).click();
    await conflict.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByRole('heading', { level: 1, name: 'File', exact: true }).waitFor();
    assert.equal((await read()).draft?.steps[0]?.condition, 'document.size > 1');
  });

  await step('the draft is drawn beside the version, with what it adds, changes and removes', async () => {
    await account.call('PUT', path, {
      name: 'File',
      source: { kind: 'upload' },
      steps: [{ componentId: copy, name: 'copy' }],
      publish: false,
    });
    await page.goto(url);
    const draft = page.getByRole('group', { name: 'Picture of the draft' });
    await draft.getByText('new', { exact: true }).waitFor();
    await page
      .getByRole('group', { name: /Picture of version/ })
      .getByText('removed', { exact: true })
      .waitFor();
    await page.getByText('Step “archive” is removed (Archive).').waitFor();
    await assertAccessible(page, 'a draft beside its version');
  });

  await step('what waits for approval says so, in the picture and in the list', async () => {
    await putSecret(account, 'KEY', 'a key that names no host');
    await page.evaluate(
      async ({ at, configuration }) => {
        const body = JSON.stringify({ name: 'Elsewhere', type: 'azure-blob-publisher', configuration });
        const answer = await fetch(at, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        if (!answer.ok) throw new Error(await answer.text());
      },
      { at: account.at(`/projects/${project}/components`), configuration: { connectionString: KEY, container: 'docs' } },
    );
    const { items } = await account.call<{ items: { id: string; name: string }[] }>('GET', account.at(`/projects/${project}/components`));
    const elsewhere = items.find(({ name }) => name === 'Elsewhere')?.id ?? assert.fail();
    const waiting = await createWorkflow(account, project, [archive, elsewhere], { name: 'Waiting' });
    await page.goto(url.replace(workflow, waiting));
    const picture = page.getByRole('group', { name: 'Picture of the workflow' });
    await picture.getByText('waits for approval').waitFor();
    assert.equal(await picture.getByText('broken').count(), 0);
    await assertAccessible(page, 'a workflow that waits for approval');
    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${project}`);
    await page
      .getByRole('row', { name: /Waiting/ })
      .getByText('waits for approval')
      .waitFor();
    await page.getByRole('row', { name: /File/ }).getByText('draft', { exact: true }).waitFor();
    await assertAccessible(page, 'a list with what waits');
  });

  await step('what a run would fail at is said beside its button, of version and draft apart, and of a source', async () => {
    await putSecret(account, 'LOST', CONNECTION);
    await putSecret(account, 'SIGNING', 'a key that requests are signed with');
    const { id: inbox } = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
      name: 'Inbox',
      type: 'azure-blob-source',
      configuration: { container: 'inbox', connectionString: `\${secret.LOST}` },
    });
    const sources = [{ kind: 'upload' }, { kind: 'component', componentId: inbox }];
    const made = { name: 'Failing', sources, steps: [{ componentId: archive }] };
    const failing = account.at(
      `/workflows/${(await account.call<{ id: string }>('POST', account.at('/workflows'), { ...made, projectId: project })).id}`,
    );
    await account.call('POST', `${failing}/triggers`, { name: 'Scanner', settings: { kind: 'webhook', secretName: 'SIGNING' } });
    await account.call('PATCH', account.at('/secrets/SIGNING'), { expiresAt: '2020-01-01T00:00:00Z' });
    await account.call('DELETE', account.at('/secrets/LOST?confirm=LOST'));
    await account.call('PUT', failing, { ...made, steps: [{ componentId: copy }], publish: false });

    await page.goto(url.replace(workflow, failing.split('/').at(-1) ?? ''));
    await page.getByRole('link', { name: 'Open Inbox' }).waitFor();
    const panel = page.getByRole('region', { name: 'Run', exact: true });
    await panel.getByText(/A run would fail\. .*“LOST”/).waitFor();
    await panel.getByText('Without documents, a run takes those of the other sources.').waitFor();
    await page.getByRole('button', { name: 'Check without running' }).click();
    const checks = page.getByRole('region', { name: 'Preflight' });
    await checks.getByText('A run of version 1 would fail: 2 of 2 checks failed.').waitFor();
    await checks.getByText('Once it is published, a run of the draft would fail: 2 of 2 checks failed.').waitFor();
    await panel.filter({ hasText: /A run would fail\. Inbox: .*“LOST”.*Archive: / }).waitFor();
    assert.equal(await panel.getByText('Copy: ').count(), 0, 'the draft does not run');
    await assertAccessible(page, 'a workflow that would fail');

    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${project}`);
    await page
      .getByRole('row', { name: /Failing/ })
      .getByText('trigger fails')
      .waitFor();
    await page.goto(`${instance.controlUrl}/organizations/acme`);
    const attention = page.getByRole('region', { name: 'Triggers that need attention' });
    await attention.getByRole('row', { name: /Scanner Failing Its signing secret has expired/ }).waitFor();
    await assertAccessible(page, 'an overview with a trigger that fails');
  });

  await step('a trigger of a workflow that takes uploaded files begins with an upload address', async () => {
    await page.goto(url);
    await page.getByRole('button', { name: 'Add trigger' }).first().click();
    const opened = page.getByRole('dialog', { name: 'New trigger' });
    assert.equal(await opened.getByRole('combobox', { name: 'What starts it' }).inputValue(), 'Upload address');
    await opened.getByRole('combobox', { name: 'What starts it' }).click();
    await page.getByRole('option', { name: 'Schedule (for a folder or a connector)' }).waitFor();
  });

  const question = page.getByRole('dialog', { name: 'Leave without a run?' });
  const choose = (count: number) =>
    page.locator('input[type=file]').setInputFiles(
      Array.from({ length: count }, (_, index) => ({
        name: `document-${index}.txt`,
        mimeType: 'text/plain',
        buffer: Buffer.from('a document'),
      })),
    );

  await step('documents that are chosen are asked about before the page is left, and then no more of them are sent', async () => {
    await page.goto(url);
    let begun = 0;
    const answers = Promise.withResolvers<void>();
    const UPLOAD = /\/documents(?:[/?]|$)/;
    await page.route(UPLOAD, async (route) => {
      begun += 1;
      await answers.promise;
      await route.abort().catch(() => {});
    });
    await choose(8);
    await eventually('three uploads are under way', () => begun === 3);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await question.getByRole('button', { name: 'Stay' }).click();
    await page.getByText('document-7.txt').waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await question.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    answers.resolve();
    await page.unrouteAll({ behavior: 'wait' });
    assert.equal(begun, 3);
  });

  await step('a run that was not answered for is begun again as the same one, and with other documents as another', async () => {
    await page.goto(url);
    const keys: (string | undefined)[] = [];
    await page.route(/\/workflows\/[0-9a-f-]{36}\/runs$/, async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      keys.push(route.request().headers()['idempotency-key']);
      await route.fulfill({ status: 504, contentType: 'text/html', body: 'Gateway Timeout' });
    });
    await choose(2);
    const run = page.getByRole('region', { name: 'Run', exact: true }).getByRole('button', { name: 'Run', exact: true });
    const press = async (times: number) => {
      await run.click();
      await eventually('the run is asked for', () => keys.length >= times);
      await page.getByRole('region', { name: 'Run', exact: true }).getByRole('alert').waitFor();
    };
    await press(1);
    const first = keys.length;
    await press(first + 1);
    assert.equal(new Set(keys).size, 1);
    await page.getByRole('button', { name: 'Remove document-1.txt' }).click();
    const second = keys.length;
    await press(second + 1);
    assert.notEqual(keys.at(-1), keys[0]);
    await page.unrouteAll({ behavior: 'wait' });
  });

  const kept = await createWorkflow(account, project, [archive], { name: 'Kept' });
  const pathOfKept = account.at(`/workflows/${kept}`);
  const readKept = () => account.call<Saved>('GET', pathOfKept);
  const editKept = async () => {
    await page.goto(url.replace(workflow, kept));
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
  };
  /** Keeps what is sent from the server until it is released; then it arrives, also from who has left. */
  const hold = async (method: string, of: RegExp) => {
    const released = Promise.withResolvers<void>();
    await page.route(of, async (route) => {
      if (route.request().method() !== method) return route.fallback();
      await released.promise;
      const response = await route.fetch();
      await route.fulfill({ response }).catch(() => undefined);
    });
    return {
      asked: page.waitForRequest((request) => request.method() === method && of.test(request.url())),
      release: async () => {
        released.resolve();
        await page.unrouteAll({ behavior: 'wait' });
      },
    };
  };
  const description = page.getByRole('textbox', { name: 'Description' });
  const lookAgain = () => page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));

  await step('limits that another sets keep nobody from saving, and a refusal of which nothing newer is known is said', async () => {
    await editKept();
    await description.fill('beside other limits');
    const former = await readKept();
    // Nothing is read by itself in between, so that the press begins from the former revision.
    type Reads = 'former' | 'failed' | 'latest';
    let reads: Reads = 'former';
    let afterRefusal: Reads = 'failed';
    await page.route(new RegExp(`/workflows/${kept}$`), async (route) => {
      if (route.request().method() === 'GET') {
        if (reads === 'former') return route.fulfill({ json: former });
        return reads === 'failed' ? route.fulfill(problemAnswer(429, 'rate_limited', 'Too many.')) : route.continue();
      }
      const response = await route.fetch();
      if (response.status() === 412) reads = afterRefusal;
      await route.fulfill({ response });
    });
    await account.call('PUT', `${pathOfKept}/limits`, { maximumRuns: 7 });
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page
      .getByRole('alert')
      .getByText(/“Kept” was changed by Ada Lovelace/)
      .waitFor();
    reads = 'former';
    afterRefusal = 'latest';
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByRole('heading', { level: 1, name: 'Kept', exact: true }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    const { description: saved, maximumRuns } = await readKept();
    assert.deepEqual([saved, maximumRuns], ['beside other limits', 7]);
  });

  await step('what is typed while the draft is saved stays to be saved, in the text and in the form', async () => {
    await editKept();
    const views = page.getByRole('radiogroup', { name: 'Edit as' });
    await views.getByText('YAML', { exact: true }).click();
    const text = page.getByRole('textbox', { name: 'YAML of the workflow' });
    const own = new RegExp(`/workflows/${kept}$`);
    await text.press('ControlOrMeta+End');
    await text.pressSequentially('# sent');
    const first = await hold('PUT', own);
    await page.keyboard.press('ControlOrMeta+s');
    await first.asked;
    await text.pressSequentially(', and more');
    await first.release();
    await page.getByText('Kept is saved, without what you have typed since.').waitFor();
    assert.match(await text.inputValue(), /# sent, and more$/);
    assert.match((await readKept()).yaml ?? '', /# sent\s*$/);
    assert.equal(await conflict.count(), 0);
    await views.getByText('Form', { exact: true }).click();
    await description.fill('sent');
    const second = await hold('PUT', own);
    await page.getByRole('button', { name: 'Save and publish' }).click();
    await second.asked;
    await description.fill('sent, and more');
    await second.release();
    await page.getByText('Kept is saved, without what you have typed since.').nth(1).waitFor();
    assert.equal(await description.inputValue(), 'sent, and more');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay' }).click();
    assert.deepEqual([(await readKept()).description, (await readKept()).draft], ['sent', null]);
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByRole('heading', { level: 1, name: 'Kept', exact: true }).waitFor();
    assert.equal((await readKept()).description, 'sent, and more');
    assert.match((await readKept()).yaml ?? '', /# sent, and more\s*$/);
  });

  await step('an editor that was left does not close the one that is open when its answer comes', async () => {
    await editKept();
    await description.fill('sent before it was left');
    const held = await hold('PUT', new RegExp(`/workflows/${kept}$`));
    await page.getByRole('button', { name: 'Save draft' }).click();
    await held.asked;
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await description.fill('typed in the next one');
    await held.release();
    // What was left has arrived: the editor that is open now hears of it as of any other change.
    await eventually('the other description to be read', async () => {
      await lookAgain();
      return conflict.getByText('It has another description.').first().isVisible();
    });
    assert.equal(await description.inputValue(), 'typed in the next one');
  });

  await step('a workflow whose form was left while it was made leads nowhere', async () => {
    await page.goto(url.replace(workflow, 'new'));
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Left');
    await page.getByRole('combobox', { name: 'Step 1' }).click();
    await page.getByRole('option', { name: 'Archive' }).click();
    const held = await hold('POST', /\/workflows$/);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await held.asked;
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const visited: string[] = [];
    page.on('framenavigated', (frame) => visited.push(new URL(frame.url()).pathname));
    await held.release();
    await goTo(page, 'Projects');
    await page.getByRole('row', { name: /Invoices/ }).waitFor();
    assert.deepEqual(visited, ['/organizations/acme/projects']);
  });

  browser.assertQuiet(/status of [45]\d\d|ERR_FAILED|^504 from POST/);
});
