import type { Locator, Page } from 'playwright-core';
import { type Instance, readSetupToken } from '../harness/instance.ts';

/** What a person does in the console, in the words that stand on its buttons. */

export interface Person {
  name: string;
  email: string;
  password: string;
}

export async function setUpInConsole(
  page: Page,
  instance: Pick<Instance, 'home' | 'controlUrl'>,
  person: Person,
  organization: string,
): Promise<void> {
  await page.goto(`${instance.controlUrl}/setup#${await readSetupToken(instance.home)}`);
  await page.getByLabel('Your name').fill(person.name);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(person.email);
  await page.getByRole('textbox', { name: /^Password/ }).fill(person.password);
  await page.getByLabel('Organization name').fill(organization);
  await page.getByRole('button', { name: 'Create account and organization' }).click();
  await page.waitForURL(/\/organizations\/[^/]+\/?$/);
}

export async function signOut(page: Page, person: Person): Promise<void> {
  await page.getByRole('button', { name: `Account of ${person.name}` }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
}

export async function signIn(page: Page, person: Person): Promise<void> {
  await page.getByRole('textbox', { name: 'E-mail' }).fill(person.email);
  await page.getByRole('textbox', { name: /^Password/ }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/organizations\//);
}

/** Follows the navigation at the left. */
export async function goTo(
  page: Page,
  place: 'Overview' | 'Secrets' | 'Projects' | 'Runs' | 'Audit' | 'Destinations' | 'Members' | 'Keys & settings',
): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: new RegExp(`^${place}`) })
    .click();
  await page.getByRole('heading', { level: 1 }).waitFor();
}

export function dialog(page: Page, title: string | RegExp) {
  return page.getByRole('dialog', { name: title });
}

/** Until a key reaches the dialog: one whose code is loaded first is seen before it has the focus. */
export async function takesKeys(opened: Locator): Promise<void> {
  await opened.locator(':focus').waitFor();
}

export async function openAddSecret(page: Page) {
  await page.getByRole('button', { name: 'Add Secret' }).first().click();
  const opened = dialog(page, 'Add Secret');
  await opened.waitFor();
  return opened;
}

export async function addSecret(page: Page, name: string, value: string): Promise<void> {
  const opened = await openAddSecret(page);
  await opened.getByLabel('Name').fill(name);
  await opened.getByLabel('Value').fill(value);
  await opened.getByRole('button', { name: 'Add', exact: true }).click();
  await opened.waitFor({ state: 'hidden' });
}

export async function createProject(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New project' }).first().click();
  const opened = dialog(page, 'New project');
  await opened.getByLabel('Name').fill(name);
  await opened.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** On a project's page: makes an Azure Blob publisher, and stays on its page. */
export async function createPublisher(
  page: Page,
  options: { name: string; container: string; connection: { secret: string } | { ownValue: string } },
): Promise<void> {
  await page.getByRole('link', { name: 'New component' }).click();
  await page.getByRole('button', { name: /Azure Blob publisher/ }).click();
  await page.getByLabel('Name', { exact: false }).first().fill(options.name);
  if ('secret' in options.connection) {
    await page.getByLabel('Use organization secret').check();
    await chooseSecret(page, options.connection.secret);
  } else {
    await page.getByLabel('Value').fill(options.connection.ownValue);
  }
  await page.getByRole('textbox', { name: 'Container' }).fill(options.container);
  await page.getByLabel('Create the container when it does not exist').check();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
  await page.getByRole('heading', { level: 1, name: options.name }).waitFor();
}

/** Opens the dropdown of a sensitive option, searches, and takes the secret. */
export async function chooseSecret(page: Page, name: string, option = 'Connection String'): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`${option}: `) }).click();
  // By its role: the dropdown of another option that was open before is hidden, and not gone.
  await page.getByRole('textbox', { name: 'Search secrets' }).fill(name.toLowerCase().slice(0, 4));
  await page.getByRole('option', { name: new RegExp(name) }).click();
}

/** Takes one of a few in a dropdown. */
export async function choose(page: Page, label: string, choice: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: choice, exact: true }).click();
}

/** Presses Test connection and answers the words that came of it. */
export async function testConnection(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Test connection' }).click();
  const answer = page.getByText(/Test connection (?:passed|failed)/).first();
  await answer.waitFor({ timeout: 30_000 });
  return ((await page.getByRole('status').filter({ has: answer }).first().textContent()) ?? '').trim();
}

/** On a project's page: makes a workflow of one step, and stays on its page. */
export async function createWorkflow(page: Page, options: { name: string; component: string; folder?: string }): Promise<void> {
  await page.getByRole('link', { name: 'New workflow' }).click();
  await page.getByLabel('Name').first().fill(options.name);
  if (options.folder !== undefined) {
    await page.getByLabel('A folder on the server').check();
    await page.getByRole('combobox', { name: 'Folder' }).click();
    await page.getByRole('option', { name: options.folder }).click();
  }
  await page.getByRole('combobox', { name: 'Step 1' }).click();
  await page.getByRole('option', { name: options.component }).click();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: options.name }).waitFor();
}

/** On a workflow's page: uploads the files and starts a run; stays on the run's page. */
export async function runWith(page: Page, paths: readonly string[]): Promise<string> {
  await page.locator('input[type=file]').setInputFiles([...paths]);
  const run = page.getByRole('button', { name: 'Run', exact: true });
  await page.waitForFunction(
    () => [...document.querySelectorAll('button')].some((button) => button.textContent?.trim() === 'Run' && !button.disabled),
    undefined,
    {
      timeout: 120_000,
    },
  );
  await run.click();
  await page.waitForURL(/\/runs\/[0-9a-f-]+$/);
  // The page of the run, not the one before it, which is still shown for a moment.
  await page.getByRole('heading', { level: 1, name: /#\d+$/ }).waitFor();
  return page.url().split('/').at(-1) ?? '';
}

/** Goes to a page and waits for its content. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  // Until what the page asks for has come, so that it is checked with its content.
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
  await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
}

/** Keeps requests of one kind from the server until they are released. */
export async function heldRequest(page: Page, method: string, path: RegExp): Promise<{ sent: Promise<unknown>; release: () => void }> {
  const released = Promise.withResolvers<void>();
  await page.route(path, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    await released.promise;
    await route.continue().catch(() => undefined);
  });
  const sent = page.waitForRequest((request) => request.method() === method && path.test(request.url()));
  return { sent, release: released.resolve };
}

/** Until what the page goes on to do with an answer that it shows already is done and drawn. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}
