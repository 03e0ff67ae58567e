import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invoicesToJson } from '../../examples/invoices-to-json/example.ts';
import { setUp } from '../harness/account.ts';
import { openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { addMember } from '../harness/members.ts';
import { stepsOf } from '../harness/steps.ts';
import { createProject, putSecret } from '../harness/workspace.ts';
import { dialog, drawn, heldRequest, signIn } from './console-steps.ts';

test('an editor makes an example with the secrets that are there, and an admin is asked for the others', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'MODEL_API_KEY', 'sk-for-nothing-4f1b6a', { kind: 'api-key' });
  const editor = await addMember(instance, account, instance.temporary, 'Ed Editor', 'editor');
  const viewer = await addMember(instance, account, instance.temporary, 'Vi Viewer', 'viewer');
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const projectUrl = `${instance.controlUrl}/organizations/acme/projects/${project}`;
  const exampleUrl = `${projectUrl}/examples/${invoicesToJson.name}`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, editor);
  const components = async () => {
    const { items } = await account.call<{ items: { name: string }[] }>('GET', account.at(`/projects/${project}/components`));
    return items.map(({ name }) => name);
  };
  const create = page.getByRole('button', { name: 'Create', exact: true });
  const nameIn = (region: string) => page.getByRole('region', { name: region }).getByRole('textbox', { name: 'Name' });

  await step('the secret of the example’s name is chosen, none can be added, and an address of another shape is refused', async () => {
    await page.goto(projectUrl);
    await page.getByRole('list', { name: 'Examples', exact: true }).getByRole('link', { name: invoicesToJson.title }).click();
    await page.getByRole('button', { name: 'MODEL_API_KEY: MODEL_API_KEY' }).waitFor();
    await page.getByRole('button', { name: 'RESULTS_CONTAINER: Leave it for later' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Add RESULTS_CONTAINER' }).count(), 0);
    await page.getByRole('textbox', { name: 'Base URL' }).fill('api.openai.com');
    await create.click();
    await page.getByText('Write an address such as https://api.openai.com/v1, without a user, ? or #.').waitFor();
    assert.deepEqual(await components(), []);
  });

  await step('made without a secret, the component says so, and whom to ask', async () => {
    await page.getByRole('textbox', { name: 'Base URL' }).fill('https://api.openai.com/v1');
    await page.getByText(/^RESULTS_CONTAINER is left for later/).waitFor();
    await page.getByRole('button', { name: 'Show as YAML' }).click();
    const yaml = page.getByRole('textbox', { name: 'YAML of the example' });
    assert.match(await yaml.inputValue(), /^# Reads invoices: .+\nproject: (?!Read invoices).+\nname: Invoices to JSON\n/);
    await create.click();
    await page.getByRole('heading', { level: 1, name: invoicesToJson.workflow.name }).waitFor();
    // Its comments come along.
    await page.getByRole('radiogroup', { name: 'Show as' }).getByText('YAML', { exact: true }).click();
    const made = page.getByRole('textbox', { name: 'YAML of the workflow' });
    assert.match(await made.inputValue(), /# Takes what the model makes\./);
    await page.getByRole('radiogroup', { name: 'Show as' }).getByText('Picture', { exact: true }).click();
    await page.getByText(/The secret “MODEL_API_KEY” may not be sent to https:\/\/api\.openai\.com:443/).waitFor();
    await page.getByRole('link', { name: 'Open Results container' }).click();
    await page.getByRole('heading', { level: 1, name: 'Results container' }).waitFor();
    await page.getByText(/The secret “RESULTS_CONTAINER”.* does not exist/).waitFor();
    await page.getByText(/Ask an admin to add/).waitFor();
    // The key names no destination: an admin decides.
    const { items } = await account.call<{ items: { state: string; destination: string }[] }>('GET', account.at('/destinations'));
    assert.deepEqual(
      items.map(({ state, destination }) => [state, destination]),
      [['requested', 'https://api.openai.com:443']],
    );
  });

  await step('when a later part is refused, what was made before it is deleted again', async () => {
    const before = await components();
    await page.goto(exampleUrl);
    await nameIn('OpenAI model').fill('Another reader');
    await create.click();
    await page.getByText('The project has a component of this name already.').waitFor();
    assert.deepEqual(await components(), before);
    await nameIn('Azure Blob publisher').fill('Another container');
    await create.click();
    await page.getByText('The project has a workflow of this name already.').waitFor();
    assert.deepEqual(await components(), before);
    const actions = await account.call<{ items: { target: { name: string } }[] }>('GET', account.at('/audit?action=component.delete'));
    assert.deepEqual(new Set(actions.items.map(({ target }) => target.name)), new Set(['Another reader', 'Another container']));
  });

  await step('one that is being made leads nowhere when its form was left', async () => {
    const elsewhere = await createProject(account, 'Elsewhere');
    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${elsewhere}/examples/${invoicesToJson.name}`);
    const made = await heldRequest(page, 'POST', /\/workflows$/);
    await create.click();
    await made.sent;
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await dialog(page, 'Leave while it is made?').getByRole('button', { name: 'Leave' }).click();
    await page.waitForURL(/\/runs$/);
    made.release();
    await page.getByText(`${invoicesToJson.workflow.name} is made.`).waitFor();
    await drawn(page);
    assert.match(page.url(), /\/runs$/);
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('a viewer is offered none', async () => {
    await page.context().clearCookies();
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, viewer);
    const empty = await createProject(account, 'Empty');
    await page.goto(`${instance.controlUrl}/organizations/acme/projects/${empty}`);
    await page.getByRole('heading', { level: 1, name: 'Empty' }).waitFor();
    await page.getByRole('heading', { name: 'Workflows', exact: true }).waitFor();
    assert.equal(await page.getByRole('list', { name: 'Examples', exact: true }).count(), 0);
    await page.goto(exampleUrl);
    await page.getByText('Your role does not allow this').waitFor();
  });

  // A refused form is answered with 4xx, which browsers write into their console.
  browser.assertQuiet(/Failed to load resource: the server responded with a status of 4\d\d/);
});
