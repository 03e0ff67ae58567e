import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { addSecrets, createProject, createPublisher, createWorkflow, putSecret } from '../harness/workspace.ts';
import { dialog, drawn, goTo, heldRequest, openAddSecret, signIn } from './console-steps.ts';
import { problemAnswer } from './problem-answer.ts';

const CONNECTION = 'BlobEndpoint=http://127.0.0.1:1/store1;SharedAccessSignature=sv=2020-01-01&sig=not-a-signature';

test('a form sends what it shows: a sealed value once more, only with what was sealed with it; a change only onto what it was made from', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'TAKEN', CONNECTION);
  const publisher = await createPublisher(account, project, { container: 'pages', connection: { secret: 'TAKEN' } });
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const organization = `${instance.controlUrl}/organizations/acme`;
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  const puts = () => browser.requests.filter(({ method, url }) => method === 'PUT' && url.includes('/secrets/')).length;

  await step('a value that was sealed for some destinations is not sent with others', async () => {
    await page.goto(`${organization}/secrets`);
    const opened = await openAddSecret(page);
    const add = opened.getByRole('button', { name: 'Add', exact: true });
    await opened.getByLabel('Name').fill('TAKEN');
    await opened.getByLabel('Value').fill('a value for one destination');
    await add.click();
    await opened.getByText('A secret of this name exists already.').waitFor();
    assert.equal(await opened.getByLabel('Value').inputValue(), '');
    await opened.getByLabel('Name').fill('ELSEWHERE');
    await opened.getByRole('button', { name: /More options/ }).click();
    await opened.getByLabel('Destinations').fill('https://api.example.com:443');
    await opened.getByLabel('Destinations').press('Enter');
    const before = puts();
    await add.click();
    await opened.getByText('The destinations are sealed with the value: enter the value once more.').waitFor();
    assert.equal(puts(), before);
    await opened.getByLabel('Value').fill('a value for one destination');
    await add.click();
    await opened.waitFor({ state: 'hidden' });
  });

  await step('a value that was sealed with a key that no longer holds is asked for, and not sent again', async () => {
    const opened = await openAddSecret(page);
    const add = opened.getByRole('button', { name: 'Add', exact: true });
    await page.route(/\/secrets\/LATE$/, (route) => route.fulfill(STALE), { times: 1 });
    await opened.getByLabel('Name').fill('LATE');
    await opened.getByLabel('Value').fill('a value that comes late');
    await add.click();
    await opened.getByText('The sealing key was replaced meanwhile. Enter the value once more.').waitFor();
    const before = puts();
    await add.click();
    await page.waitForTimeout(500);
    assert.equal(puts(), before);
    await opened.getByLabel('Value').fill('a value that comes late');
    await add.click();
    await opened.waitFor({ state: 'hidden' });
  });

  await step('Ctrl+Enter, pressed again while the form is at work, sends nothing more', async () => {
    await page.goto(`${organization}/secrets`);
    const openReplace = async () => {
      await page.goto(`${organization}/secrets/TWICE`);
      await page
        .getByRole('button', { name: /Replace/ })
        .first()
        .click();
      return dialog(page, 'Replace the value');
    };
    for (const [open, label] of [
      [() => openAddSecret(page), 'Value'],
      [openReplace, 'New value'],
    ] as const) {
      const opened = await open();
      if (label === 'Value') await opened.getByLabel('Name').fill('TWICE');
      const value = opened.getByLabel(label);
      await value.fill('a value that is sent once');
      const released = Promise.withResolvers<void>();
      await page.route(/\/secrets\/TWICE$/, async (route) => {
        if (route.request().method() === 'PUT') await released.promise;
        await route.continue();
      });
      const before = puts();
      await value.press('Control+Enter');
      await value.press('Control+Enter');
      await eventually('the value to be sent', () => puts() > before);
      // By now the field is empty, and what was sealed could be sent again.
      await value.press('Control+Enter');
      released.resolve();
      await opened.waitFor({ state: 'hidden' });
      assert.equal(puts(), before + 1, label);
      await page.unrouteAll({ behavior: 'wait' });
    }
  });

  await step('after a test that could not begin, Create creates', async () => {
    await page.goto(`${organization}/projects/${project}/components/new?type=azure-blob-publisher`);
    await page.getByLabel('Name').first().fill('Made');
    await page.getByLabel('Value').fill(CONNECTION);
    await page.getByRole('textbox', { name: 'Container' }).fill('NO SUCH NAME');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByRole('textbox', { name: 'Container' }).and(page.locator('[aria-invalid=true]')).waitFor();
    await page.getByRole('textbox', { name: 'Container' }).fill('pages');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
  });

  await step('the same where the value of a secret is replaced', async () => {
    await page.goto(`${organization}/secrets/ELSEWHERE`);
    await page
      .getByRole('button', { name: /Replace/ })
      .first()
      .click();
    const opened = dialog(page, 'Replace the value');
    const replace = opened.getByRole('button', { name: 'Replace', exact: true });
    await page.route(/\/secrets\/ELSEWHERE$/, (route) => route.fulfill(STALE), { times: 1 });
    await opened.getByLabel('New value').fill('another value for one destination');
    await replace.click();
    await opened.getByText('The sealing key was replaced meanwhile. Enter the value once more.').waitFor();
    const before = puts();
    await replace.click();
    await page.waitForTimeout(500);
    assert.equal(puts(), before);
    await opened.getByLabel('New value').fill('another value for one destination');
    await replace.click();
    await opened.waitFor({ state: 'hidden' });
    assert.equal(puts(), before + 1);
  });

  await step('the same in the form of a component, whether its value is tried or saved', async () => {
    await page.goto(`${organization}/projects/${project}/components/new?type=azure-blob-publisher`);
    await page.getByLabel('Name').first().fill('Late');
    await page.getByRole('textbox', { name: 'Container' }).fill('pages');
    const create = page.getByRole('button', { name: 'Create', exact: true });
    const posts = () => browser.requests.filter(({ method, url }) => method === 'POST' && /\/components$/.test(url)).length;
    const begun = posts();
    for (const [press, path] of [
      ['Test connection', /\/component-tests$/],
      ['Create', /\/components$/],
    ] as const) {
      await page.getByLabel('Value').fill(CONNECTION);
      await page.route(path, (route) => route.fulfill(STALE), { times: 1 });
      await page.getByRole('button', { name: press, exact: true }).click();
      await page.getByText('The sealing key was replaced meanwhile. Enter the value once more.').waitFor();
      await page.getByLabel('Value').and(page.locator(':focus')).waitFor();
      const before = posts();
      await create.click();
      await page.waitForTimeout(500);
      assert.equal(posts(), before);
    }
    await page.getByLabel('Value').fill(CONNECTION);
    await create.click();
    await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
    assert.equal(posts(), begun + 2);
  });

  await step('what somebody else has saved does not replace what is being typed, and is not overwritten by it', async () => {
    const path = account.at(`/projects/${project}/components/${publisher}`);
    await page.goto(`${organization}/projects/${project}/components/${publisher}`);
    const container = page.getByRole('textbox', { name: 'Container' });
    await container.fill('typed-here');
    const { configuration, name, revision } = await account.call<{ configuration: object; name: string; revision: number }>('GET', path);
    await account.call('PUT', path, {
      name,
      revision,
      configuration: { ...configuration, container: 'saved-elsewhere' },
      sealedOptions: {},
    });
    // Later than what was read is taken for fresh.
    await page.waitForTimeout(5_500);
    const read = page.waitForResponse((response) => response.url().endsWith(publisher) && response.status() === 200);
    await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
    await read;
    await page.waitForTimeout(300);
    assert.equal(await container.inputValue(), 'typed-here');
    const conflict = page.getByRole('alert').filter({ hasText: 'Ada Lovelace has changed this component' });
    await conflict.getByText('Different since you began: Container.').waitFor();
    await container.and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await conflict.and(page.locator(':focus')).waitFor();
    await assertAccessible(page, 'a component that somebody else has changed');
    const now = await account.call<{ configuration: { container: string } }>('GET', path);
    assert.equal(now.configuration.container, 'saved-elsewhere');
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await container.inputValue(), 'saved-elsewhere');
    await conflict.waitFor({ state: 'hidden' });
  });

  await step('it is written over once the reader says so, and then only what the reader has seen', async () => {
    const path = account.at(`/projects/${project}/components/${publisher}`);
    const own = new RegExp(`/components/${publisher}$`);
    const container = page.getByRole('textbox', { name: 'Container' });
    const conflict = page.getByRole('alert').filter({ hasText: 'Ada Lovelace has changed this component' });
    interface Saved {
      configuration: { container: string };
      name: string;
      revision: number;
    }
    const saveElsewhere = async (name: string) => {
      const { configuration, revision } = await account.call<Saved>('GET', path);
      await account.call('PUT', path, { name, revision, configuration, sealedOptions: {} });
    };
    await container.fill('typed-over-theirs');
    await saveElsewhere('Named elsewhere');
    // Nothing newer is known, and then that is what is said.
    await page.route(own, (route) =>
      route.request().method() === 'GET' ? route.fulfill(problemAnswer(500, 'internal', 'It failed.')) : route.fallback(),
    );
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/was changed by .+: it is at revision 3, and this change begins from 2/).waitFor();
    assert.equal(await conflict.count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await conflict.getByText('Different since you began: Name.').waitFor();
    await saveElsewhere('Named once more');
    await conflict.getByRole('button', { name: 'Save mine over theirs' }).click();
    await conflict.and(page.locator(':focus')).waitFor();
    assert.equal((await account.call<Saved>('GET', path)).name, 'Named once more');
    await conflict.getByRole('button', { name: 'Save mine over theirs' }).click();
    await conflict.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'hidden' });
    const { configuration, name } = await account.call<Saved>('GET', path);
    assert.deepEqual([name, configuration.container], ['Azure Blob', 'typed-over-theirs']);
    assert.equal(await container.inputValue(), 'typed-over-theirs');
  });

  await step('a name that somebody else has given meanwhile stays when something else is saved', async () => {
    const path = account.at(`/projects/${project}/components/${publisher}`);
    await page.goto(`${organization}/projects/${project}/components/${publisher}`);
    const container = page.getByRole('textbox', { name: 'Container' });
    await container.waitFor();
    const { configuration, revision } = await account.call<{ configuration: object; revision: number }>('GET', path);
    await account.call('PUT', path, { name: 'Renamed elsewhere', revision, configuration, sealedOptions: {} });
    await eventually('the component to be read again', async () => {
      await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
      return page.getByRole('heading', { level: 1, name: 'Renamed elsewhere' }).isVisible();
    });
    assert.equal(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue(), 'Renamed elsewhere');
    await container.fill('saved-here');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Renamed elsewhere is saved.').waitFor();
    const now = await account.call<{ name: string; configuration: { container: string } }>('GET', path);
    assert.deepEqual([now.name, now.configuration.container], ['Renamed elsewhere', 'saved-here']);
  });

  await step('while a component is saved its fields take nothing that would be lost, and have the focus again', async () => {
    const path = account.at(`/projects/${project}/components/${publisher}`);
    const container = page.getByRole('textbox', { name: 'Container' });
    const sent = async (answer: 'refuse' | 'save') => {
      const released = Promise.withResolvers<void>();
      await page.route(new RegExp(`${publisher}$`), async (route) => {
        if (route.request().method() !== 'PUT') return route.fallback();
        await released.promise;
        await (answer === 'save' ? route.continue() : route.fulfill(problemAnswer(500, 'internal', 'It failed.')));
      });
      const asked = page.waitForRequest((request) => request.method() === 'PUT' && request.url().endsWith(publisher));
      await container.press('Enter');
      await asked;
      await page.keyboard.type('-and-more');
      assert.equal(await container.inputValue(), 'what-is-sent');
      released.resolve();
    };
    await container.fill('what-is-sent');
    await sent('refuse');
    await page.getByRole('alert').waitFor();
    await container.and(page.locator(':focus')).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await sent('save');
    await page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'hidden' });
    await page.unrouteAll({ behavior: 'wait' });
    assert.equal(await container.inputValue(), 'what-is-sent');
    const now = await account.call<{ configuration: { container: string } }>('GET', path);
    assert.equal(now.configuration.container, 'what-is-sent');
  });

  await step('a value that is replaced leaves what somebody else has changed of the secret meanwhile', async () => {
    await putSecret(account, 'SHARED', 'a value', { description: 'as it was' });
    await page.goto(`${organization}/secrets/SHARED`);
    await page
      .getByRole('button', { name: /Replace/ })
      .first()
      .click();
    const opened = dialog(page, 'Replace the value');
    await opened.getByLabel('New value').fill('another value');
    await account.call('PATCH', account.at('/secrets/SHARED'), {
      description: 'as somebody else wrote it',
      scope: { kind: 'projects', projectIds: [project] },
    });
    await page.waitForTimeout(5_500);
    const read = page.waitForResponse((response) => response.url().endsWith('/secrets/SHARED') && response.request().method() === 'GET');
    await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
    await read;
    await page.locator('main').getByText('as somebody else wrote it').first().waitFor({ state: 'attached' });
    await opened.getByRole('button', { name: 'Replace', exact: true }).click();
    await opened.waitFor({ state: 'hidden' });
    const { description, scope } = await account.call<{ description: string; scope: { kind: string } }>(
      'GET',
      account.at('/secrets/SHARED'),
    );
    assert.deepEqual([description, scope.kind], ['as somebody else wrote it', 'projects']);
  });

  await step('a project that is described keeps the name that somebody else has given it meanwhile', async () => {
    const renamed = await createProject(account, 'Receipts');
    await page.goto(`${organization}/projects/${renamed}`);
    await page.getByRole('button', { name: 'Manage' }).click();
    await page.getByRole('menuitem', { name: 'Rename or describe' }).click();
    const opened = dialog(page, 'Rename or describe');
    await opened.getByLabel('Description').fill('What was paid.');
    await account.call('PATCH', account.at(`/projects/${renamed}`), { name: 'Paid' });
    await opened.getByRole('button', { name: 'Save' }).click();
    await opened.waitFor({ state: 'hidden' });
    const { name, description } = await account.call<{ name: string; description: string }>('GET', account.at(`/projects/${renamed}`));
    assert.deepEqual([name, description], ['Paid', 'What was paid.']);
  });

  await step('a value that comes after somebody else’s is kept, and takes the place of theirs when that is meant', async () => {
    await putSecret(account, 'RACED', 'a value');
    await page.goto(`${organization}/secrets/RACED`);
    const openReplace = page.getByRole('button', { name: /Replace/ }).first();
    const versionOf = async () => (await account.call<{ currentVersionId: string }>('GET', account.at('/secrets/RACED'))).currentVersionId;
    await openReplace.click();
    const opened = dialog(page, 'Replace the value');
    const replace = opened.getByRole('button', { name: 'Replace', exact: true });
    await opened.getByLabel('New value').fill('the value of the first reader');
    await putSecret(account, 'RACED', 'the value of the second');
    const theirs = await versionOf();
    await replace.click();
    await opened.getByText('Ada Lovelace replaced it just now.').waitFor();
    assert.equal(await versionOf(), theirs);
    await replace.click();
    await opened.waitFor({ state: 'hidden' });
    assert.notEqual(await versionOf(), theirs);

    await openReplace.click();
    await opened.getByLabel('New value').fill('a value for what is deleted');
    await account.call('DELETE', account.at('/secrets/RACED'));
    await putSecret(account, 'RACED', 'a value of another secret');
    await replace.click();
    await opened.getByText('The secret was replaced meanwhile. Enter the value once more.').waitFor();
    await opened.getByLabel('New value').fill('a value for the secret that is there');
    await replace.click();
    await opened.waitFor({ state: 'hidden' });
  });

  await step('a dialog that was left closes no other and leads nowhere when its answer comes', async () => {
    await page.goto(`${organization}/secrets`);
    await page.getByRole('button', { name: 'Add one: a description of TAKEN' }).click();
    const edit = dialog(page, 'Edit TAKEN');
    await edit.getByLabel('Description').fill('Described late');
    const described = await heldRequest(page, 'PATCH', /\/secrets\/TAKEN$/);
    await edit.getByRole('button', { name: 'Save' }).click();
    await described.sent;
    await edit.getByRole('button', { name: 'Cancel' }).click();
    const add = await openAddSecret(page);
    await add.getByLabel('Value').fill('a value for another dialog');
    described.release();
    await page.getByText('Details of TAKEN are saved.').waitFor();
    assert.equal(await add.getByLabel('Value').inputValue(), 'a value for another dialog');

    await page.goto(`${organization}/projects`);
    const newProject = page.getByRole('button', { name: 'New project' }).first();
    const opened = dialog(page, 'New project');
    await newProject.click();
    await opened.getByLabel('Name').fill('Made late');
    const made = await heldRequest(page, 'POST', /\/projects$/);
    await opened.getByRole('button', { name: 'Create' }).click();
    await made.sent;
    await opened.getByRole('button', { name: 'Cancel' }).click();
    await newProject.click();
    await opened.getByLabel('Name').fill('Another');
    made.release();
    await page.getByRole('link', { name: 'Made late' }).waitFor();
    await drawn(page);
    assert.match(page.url(), /\/projects$/);
    assert.equal(await opened.getByLabel('Name').inputValue(), 'Another');
    assert.equal(await dialog(page, 'Leave without saving?').count(), 0);
    await page.unrouteAll({ behavior: 'wait' });
  });

  const question = dialog(page, 'Leave without saving?');

  await step('a value that is typed for a request stays when somebody else has answered it meanwhile', async () => {
    const asked = { name: 'ARCHIVE_SAS', componentType: 'azure-blob-publisher', option: 'connectionString', note: 'Write only.' };
    const { id } = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/secret-requests`), asked);
    await page.goto(organization);
    const heading = page.getByRole('heading', { name: 'Secrets that are asked for' });
    await page.getByRole('button', { name: 'Add Secret: ARCHIVE_SAS' }).click();
    const opened = dialog(page, 'Add Secret');
    await opened.getByLabel('Value').fill('a value for the archive');
    await account.call('DELETE', account.at(`/secret-requests/${id}`));
    await eventually('the overview to be read again', async () => {
      await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
      return (await heading.count()) === 0 ? true : undefined;
    });
    assert.equal(await opened.getByLabel('Value').inputValue(), 'a value for the archive');
    await page.keyboard.press('Escape');
    await question.getByRole('button', { name: 'Leave' }).click();
    await opened.waitFor({ state: 'hidden' });
  });

  await step('where destinations are added, what that takes is in view at once', async () => {
    await page.goto(`${organization}/secrets/ELSEWHERE`);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const opened = dialog(page, 'Edit ELSEWHERE');
    await opened.getByLabel('Destinations').fill('https://other.example.com:443');
    await opened.getByLabel('Destinations').press('Enter');
    const hint = opened.getByRole('status').filter({ hasText: 'https://other.example.com:443 only once it is given again' });
    await hint.waitFor();
    await eventually('no button to stand over it', () =>
      hint.evaluate((element) => {
        const { left, bottom } = element.getBoundingClientRect();
        return element.contains(document.elementFromPoint(left + 20, bottom - 4)) ? true : undefined;
      }),
    );
    await opened.getByRole('button', { name: 'Save', exact: true }).click();
    await opened.waitFor({ state: 'hidden' });
  });

  await step('where a value goes to is read again when the details of its secret are changed', async () => {
    const destination = 'https://api.example.com:443';
    await putSecret(account, 'SENT', 'a value', { destinations: [destination] });
    const { id: secretId } = await account.call<{ id: string }>('GET', account.at('/secrets/SENT'));
    await account.call('POST', account.at('/destinations'), { decision: 'approve', items: [{ secretId, destination }] });
    await page.goto(`${organization}/secrets/SENT`);
    await page.getByRole('tab', { name: 'Goes to' }).click();
    const named = page.getByText('its details name this destination');
    await named.waitFor();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const opened = dialog(page, 'Edit SENT');
    await opened.getByLabel('Destinations').press('Backspace');
    await opened.getByRole('button', { name: 'Save' }).click();
    await opened.waitFor({ state: 'hidden' });
    await named.waitFor({ state: 'hidden' });
  });

  await step('where a value is replaced, another expiry is asked about too before the dialog goes', async () => {
    await putSecret(account, 'EXPIRING', 'a value', { expiresAt: '2099-01-01T00:00:00.000Z' });
    await page.goto(`${organization}/secrets/EXPIRING`);
    await page
      .getByRole('button', { name: /Replace/ })
      .first()
      .click();
    const opened = dialog(page, 'Replace the value');
    await opened.getByLabel('Expires on').fill('2098-01-01');
    await page.keyboard.press('Escape');
    await question.getByRole('button', { name: 'Leave' }).click();
    await opened.waitFor({ state: 'hidden' });
  });

  await step('a preflight that a saved workflow began by itself is not made again by leaving the form', async () => {
    const workflow = await createWorkflow(account, project, [publisher], { name: 'Checked' });
    const asked = () => browser.requests.filter(({ url }) => url.endsWith(`/workflows/${workflow}/preflight`)).length;
    await page.goto(`${organization}/projects/${project}/workflows/${workflow}`);
    const edit = page.getByRole('button', { name: 'Edit', exact: true });
    await edit.click();
    await page.getByRole('textbox', { name: 'Description' }).fill('Once');
    await page.getByRole('button', { name: 'Save and publish' }).click();
    await page
      .getByRole('region', { name: 'Preflight' })
      .getByText(/checks failed|can start|can run/)
      .waitFor();
    assert.equal(asked(), 1);
    await edit.click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await edit.waitFor();
    // Begun by drawing the page, so that it would have been by now.
    await page.getByRole('region', { name: 'Preflight' }).getByRole('button', { name: 'Check without running' }).click();
    await page
      .getByRole('region', { name: 'Preflight' })
      .getByText(/checks failed|can start|can run/)
      .waitFor();
    assert.equal(asked(), 2);
  });

  await step('another type of component is a form of its own: what is typed in the former is asked about', async () => {
    const components = `${organization}/projects/${project}/components/new`;
    await page.goto(components);
    await page
      .getByRole('link', { name: /Azure Blob/ })
      .or(page.getByRole('button', { name: /Azure Blob/ }))
      .first()
      .click();
    await page.waitForURL(/\?type=/);
    await page.getByRole('textbox', { name: 'Container' }).fill('typed-here');
    await page.goBack();
    await question.getByRole('button', { name: 'Stay' }).click();
    assert.equal(await page.getByRole('textbox', { name: 'Container' }).inputValue(), 'typed-here');
    await page.getByText('Choose another type').click();
    await question.getByRole('button', { name: 'Leave' }).click();
    await page.waitForURL(components);
  });

  await step('a question stays while what it confirmed is under way', async () => {
    await page.goto(`${organization}/projects/${project}`);
    const workflow = await createWorkflow(account, project, [publisher], { name: 'Short-lived' });
    await page.goto(`${organization}/projects/${project}/workflows/${workflow}`);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const opened = dialog(page, 'Delete Short-lived?');
    const answers = Promise.withResolvers<void>();
    await page.route(new RegExp(`/workflows/${workflow}$`), async (route) => {
      if (route.request().method() !== 'DELETE') return route.fallback();
      await answers.promise;
      await route.fulfill({ ...STALE, status: 409 });
    });
    await opened.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.keyboard.press('Escape');
    assert.ok(await opened.isVisible());
    assert.ok(await opened.getByRole('button', { name: 'Cancel' }).isDisabled());
    answers.resolve();
    await opened.getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await opened.waitFor({ state: 'hidden' });
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('a component that is left before its value is sealed is not saved, and one that is being saved leads nowhere', async () => {
    const create = new RegExp(`/projects/${project}/components$`);
    for (const awaited of [/\/sealing-key/, create]) {
      await page.goto(`${organization}/projects/${project}/components/new?type=azure-blob-publisher`);
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Left');
      await page.getByRole('textbox', { name: 'Container' }).fill('pages');
      await page.getByLabel('Value').fill(CONNECTION);
      const released = Promise.withResolvers<void>();
      await page.route(awaited, async (route) => {
        await released.promise;
        await route.continue().catch(() => undefined);
      });
      const asked = page.waitForRequest(awaited);
      await page.getByRole('button', { name: 'Create' }).click();
      await asked;
      await page.getByRole('link', { name: 'Secrets', exact: true }).click();
      await question.getByRole('button', { name: 'Leave' }).click();
      await page.waitForURL(/\/secrets/);
      released.resolve();
      await page.unrouteAll({ behavior: 'wait' });
      // Once the key is here, what had waited for it would be on its way.
      const opened = await openAddSecret(page);
      await opened.getByText('Sealed in this browser with').waitFor();
      await page.keyboard.press('Escape');
      const { items } = await account.call<{ items: { name: string }[] }>('GET', account.at(`/projects/${project}/components`));
      // What was on its way may have arrived.
      if (awaited !== create) assert.ok(!items.some(({ name }) => name === 'Left'));
      assert.match(page.url(), /\/secrets/);
    }
  });

  await step('a deletion of many is asked about before its page is left, then begins no more, and says how far it came', async () => {
    await addSecrets(account, 8, (number) => [`MANY_${number}`, `value ${number} of many`]);
    await page.goto(organization);
    await goTo(page, 'Secrets');
    await page.getByRole('searchbox', { name: 'Search secrets' }).fill('MANY_');
    await page.getByText(/^8 of \d+ match$/).waitFor();
    await page.getByRole('checkbox', { name: 'Select all that are listed' }).check();
    await page.getByRole('region', { name: 'Selected secrets' }).getByRole('button', { name: 'Delete' }).click();
    const opened = dialog(page, 'Delete secrets');
    await opened.getByLabel(/to confirm/).fill('delete 8');
    const deleted = await heldRequest(page, 'DELETE', /\/secrets\/MANY_\d$/);
    await opened.getByRole('button', { name: 'Delete', exact: true }).click();
    await deleted.sent;
    const deletions = () => browser.requests.filter(({ method, url }) => method === 'DELETE' && url.includes('/secrets/MANY_')).length;
    const begun = await eventually('as many as are done at once to be sent', () => (deletions() >= 3 ? deletions() : undefined));
    await page.goBack();
    await dialog(page, 'Stop deleting?').getByRole('button', { name: 'Stop and leave' }).click();
    await page.waitForURL(organization);
    deleted.release();
    await page.getByText(`${begun} secrets are deleted, of 8.`).waitFor();
    assert.equal(deletions(), begun);
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('a run that is started leads nowhere when its page was left, and says there that it has started', async () => {
    const workflow = await createWorkflow(account, project, [publisher], { name: 'Left' });
    const starts = new RegExp(`/workflows/${workflow}/runs$`);
    await page.goto(`${organization}/projects/${project}/workflows/${workflow}`);
    await page.locator('input[type=file]').setInputFiles({ name: 'one.txt', mimeType: 'text/plain', buffer: Buffer.from('one') });
    const first = await heldRequest(page, 'POST', starts);
    // Until it is uploaded the button is disabled.
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await first.sent;
    await page.getByRole('link', { name: 'Secrets', exact: true }).click();
    await dialog(page, 'Leave without a run?').getByRole('button', { name: 'Leave' }).click();
    await page.waitForURL(/\/secrets$/);
    first.release();
    await page.getByText('Left #1 has started.').waitFor();
    await drawn(page);
    assert.match(page.url(), /\/secrets$/);

    const { items } = await account.call<{ items: { id: string }[] }>('GET', account.at(`/workflows/${workflow}/runs`));
    await page.goto(`${organization}/runs/${items[0]?.id}`);
    const second = await heldRequest(page, 'POST', starts);
    await page.getByRole('button', { name: 'Run again' }).click();
    await second.sent;
    await goTo(page, 'Secrets');
    second.release();
    await page.getByText('Left #2 has started.').waitFor();
    await drawn(page);
    assert.match(page.url(), /\/secrets$/);
    await page.unrouteAll({ behavior: 'wait' });
  });

  await step('who stays in a form instead of signing out is still signed in', async () => {
    await page.goto(`${organization}/projects/${project}/components/${publisher}`);
    await page.getByRole('textbox', { name: 'Container' }).fill('typed-here');
    const signOut = async () => {
      await page.getByRole('button', { name: /Account of/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
    };
    const ended = () => browser.requests.filter(({ url }) => url.endsWith('/api/auth/sign-out')).length;
    await signOut();
    await question.getByRole('button', { name: 'Stay' }).click();
    await question.waitFor({ state: 'hidden' });
    assert.equal(ended(), 0);
    assert.equal(await page.getByRole('textbox', { name: 'Container' }).inputValue(), 'typed-here');
    await signOut();
    const left = page.waitForResponse((response) => response.url().endsWith('/api/auth/sign-out'));
    await question.getByRole('button', { name: 'Leave' }).click();
    assert.ok((await left).ok());
    await page.waitForURL(/\/sign-in/);
    assert.equal(ended(), 1);
  });
});

const STALE = {
  status: 409,
  contentType: 'application/problem+json',
  body: JSON.stringify({
    type: 'about:blank',
    title: 'The sealing key was replaced',
    status: 409,
    code: 'sealing_key_stale',
    detail: 'The value was sealed for a key that no longer holds.',
    remedy: 'Fetch the key and seal again.',
  }),
};
