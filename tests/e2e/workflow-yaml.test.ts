import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { addMember } from '../harness/members.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { signIn } from './console-steps.ts';

const CONNECTION = 'BlobEndpoint=http://127.0.0.1:1/store1;SharedAccessSignature=sv=2020-01-01&sig=not-a-signature';

interface Saved {
  revision: number;
  yaml: string | null;
  maximumRuns: number;
  sources: { name: string }[];
  steps: { name: string; condition?: string }[];
  draft: { sources: { name: string }[]; steps: { name: string; condition?: string }[] } | null;
}

test('a workflow is read and written as YAML beside the form, with its comments kept', { timeout: 240_000 }, async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', CONNECTION);
  const archive = await createPublisher(account, project, { name: 'Archive', container: 'pages', connection: { secret: 'STORE' } });
  await createPublisher(account, project, { name: 'Copy', container: 'copies', connection: { secret: 'STORE' } });
  const workflow = await createWorkflow(account, project, [archive], { name: 'File' });
  const editor = await addMember(instance, account, instance.temporary, 'Grace Hopper', 'editor');
  const viewer = await addMember(instance, account, instance.temporary, 'Alan Turing', 'viewer');
  const path = account.at(`/workflows/${workflow}`);
  const read = () => account.call<Saved>('GET', path);
  const url = `${instance.controlUrl}/organizations/acme/projects/${project}/workflows/${workflow}`;
  await using browser = await openBrowser();
  const { page, context } = browser;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const step = stepsOf(t, page);
  const text = page.getByRole('textbox', { name: 'YAML of the workflow' });
  const views = page.getByRole('radiogroup', { name: 'Edit as' });
  const condition = page.getByLabel('Only when, of step 1');
  const edit = async () => {
    await page.goto(url);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await views.waitFor();
  };
  const editYaml = async () => {
    await edit();
    await views.getByText('YAML', { exact: true }).click();
    await text.waitFor();
  };
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, editor);

  await step('what the form has stands in the text, and what is written there stands in the form', async () => {
    await edit();
    await condition.fill('document.size > 1');
    await views.getByText('YAML', { exact: true }).click();
    assert.equal(
      await text.inputValue(),
      `project: Invoices
name: File
sources:
  - name: upload
    kind: upload
steps:
  - name: archive
    component: Archive
    condition: document.size > 1
`,
    );
    const written = `# How invoices are filed.
${(await text.inputValue()).replace('name: upload', 'name: people # who bring them').replace('> 1', '> 2 # bytes')}`;
    await text.fill(written);
    await views.getByText('Form', { exact: true }).click();
    assert.equal(await condition.inputValue(), 'document.size > 2');
    await condition.fill('document.size > 3');
    await views.getByText('Picture', { exact: true }).click();
    await page.getByRole('group', { name: 'Picture of what is edited' }).getByText('document.size > 3').waitFor();
    await views.getByText('YAML', { exact: true }).click();
    assert.equal(await text.inputValue(), written.replace('> 2 #', '> 3 #'));
    await page.keyboard.press('ControlOrMeta+s');
    await page.getByRole('heading', { level: 1, name: 'File', exact: true }).waitFor();
    const { draft, yaml } = await read();
    assert.deepEqual([draft?.sources[0]?.name, draft?.steps[0]?.condition], ['people', 'document.size > 3']);
    assert.equal(yaml, written.replace('> 2 #', '> 3 #'));
  });

  await step('what is wrong is said with line, column and remedy, there and for a screen reader, and is not saved', async () => {
    await editYaml();
    assert.match(await text.inputValue(), /^# How invoices are filed\./);
    const before = await read();
    const right = await text.inputValue();
    await text.fill(right.replace('component: Archive', 'component: archive'));
    const fault = page.getByRole('button', { name: /^Line 9, column 16/ });
    await fault.getByText('The project has no component “archive”. Did you mean “Archive”?').waitFor();
    assert.equal(await text.getAttribute('aria-invalid'), 'true');
    await assertAccessible(page, 'YAML with a fault');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await views.getByText('Form', { exact: true }).click();
    assert.ok(await text.isVisible());
    await fault.click();
    const at = await text.evaluate((field: HTMLTextAreaElement) => field.value.slice(field.selectionStart, field.selectionStart + 7));
    assert.equal(at, 'archive');
    for (const [wrong, said] of [
      [right.replace('kind: upload', 'kind: uploads'), /Line 6, column 11 .* It must be one of: upload, folder, component\./],
      [right.replace('document.size', 'document.sise'), /Line 10, column 16 .* No such key: sise/],
      [right.replace('    component', '\tcomponent'), /Line 9, column 1.* Indent with spaces\./],
      [right.replace('# bytes', '# https://ada:correct-horse-9@example.com'), /This looks like a password in a URL/],
      [right.replace('project: Invoices', 'project: Bills'), /Line 2, column 10 .* “Invoices”: write that\./],
    ] as const) {
      await text.fill(wrong);
      await page.getByRole('button', { name: said }).waitFor();
    }
    assert.equal((await read()).revision, before.revision);
    await text.fill(right);
    await page.getByText(/to correct$/).waitFor({ state: 'hidden' });
  });

  await step('the keyboard is not caught in the text, and a new line begins where the one before it does', async () => {
    await text.press('ControlOrMeta+End');
    await text.press('ArrowLeft');
    await text.press('Enter');
    await text.pressSequentially('input: original');
    assert.match(await text.inputValue(), /\n {4}input: original\n$/);
    await text.press('Tab');
    assert.ok(await text.evaluate((field) => field !== document.activeElement));
  });

  await step('it is copied, downloaded with the revision that it has, and unsaved changes are asked about', async () => {
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await text.inputValue());
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    assert.equal(download.suggestedFilename(), 'file.yaml');
    const file = await readFile(await download.path(), 'utf8');
    assert.match(file, new RegExp(`^# How invoices are filed\\.\nproject: Invoices\nname: File\nrevision: ${(await read()).revision}\n`));
    await page.getByRole('link', { name: 'Invoices', exact: true }).first().click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay' }).click();
    assert.ok(await text.isVisible());
  });

  await step('what another saved meanwhile, their comments too, is shown and not replaced', async () => {
    await editYaml();
    const mine = (await text.inputValue()).replace('# bytes', '# in bytes');
    await text.fill(mine);
    const saved = await read();
    const theirs = (saved.yaml ?? '').replace('who bring them', 'of accounting');
    await account.call('PUT', path, {
      name: 'File',
      sources: [{ name: 'people', kind: 'upload' }],
      steps: [{ componentId: archive, name: 'archive', condition: 'document.size > 3' }],
      publish: false,
      yaml: theirs,
    });
    await page.getByRole('button', { name: 'Save draft' }).click();
    const conflict = page.getByRole('alert').filter({ hasText: 'while you were editing it' });
    await conflict.getByText('The comments of its YAML are different.').waitFor();
    assert.equal((await read()).yaml, theirs);
    await conflict.getByRole('button', { name: 'Load theirs' }).click();
    assert.equal(await text.inputValue(), theirs);
    await page.getByRole('button', { name: 'Back to mine' }).click();
    assert.equal(await text.inputValue(), mine);
    await page.getByRole('button', { name: 'Save and publish' }).click();
    await page.getByRole('heading', { level: 1, name: 'File', exact: true }).waitFor();
    assert.equal((await read()).yaml, mine);
  });

  await step('what the server refuses stands at its line', async () => {
    await editYaml();
    await text.fill(`${await text.inputValue()}kept:\n  runDays: 3\n`);
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByRole('button', { name: /^Line 12, column 3 · kept: Owners and admins change how long/ }).waitFor();
    assert.ok(await text.evaluate((field) => field === document.activeElement));
  });

  await step('it fits a phone; who may only look reads it, and edits nothing', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.setViewportSize({ width: 1280, height: 800 });
    await context.clearCookies();
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, viewer);
    await page.goto(url);
    await page.getByRole('radiogroup', { name: 'Show as' }).getByText('YAML', { exact: true }).click();
    assert.match(await text.inputValue(), /# in bytes/);
    assert.equal(await text.getAttribute('readonly'), '');
    assert.equal(await page.getByRole('button', { name: 'Edit as YAML' }).count(), 0);
    await assertAccessible(page, 'YAML to read');
  });

  browser.assertQuiet(/status of 4\d\d/);
});
