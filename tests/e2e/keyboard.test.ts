import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { mixedDocuments, writeDocuments } from '../harness/documents.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { takesKeys } from './console-steps.ts';

/** More stops than any page has between two things that a person does. */
const STOPS_MAXIMUM = 60;
/** How often it is looked whether the focus has come; what moves it takes two or three of them. */
const LOOKS = 100;

test('a component and a workflow are made and run by keyboard alone, from an empty organization', { timeout: 240_000 }, async (t) => {
  await using azurite = await startAzurite();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}` } });
  const account = await setUp(instance);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-documents-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const documents = mixedDocuments().slice(0, 2);
  const paths = await writeDocuments(folder, documents);
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const { keyboard } = page;
  // Dialogs for files are caught from the start: what begins to catch them with the key may be late for it.
  page.on('filechooser', () => undefined);
  const to = (name: string | RegExp, role?: string) => tabTo(page, name, role);
  const press = async (name: string | RegExp, role?: string) => {
    await to(name, role);
    await keyboard.press('Enter');
  };

  await step('signing in', async () => {
    await page.goto(`${instance.controlUrl}/sign-in`);
    await page.getByRole('textbox', { name: 'E-mail' }).waitFor();
    await to('E-mail');
    await keyboard.type(account.email);
    await to('Password');
    await keyboard.type(account.password);
    await keyboard.press('Enter');
    await page.waitForURL(/\/organizations\//);
    await heading(page, /./);
  });

  await step('a project', async () => {
    await press('Projects', 'link');
    await heading(page, 'Projects');
    await press('New project', 'button');
    await takesKeys(page.getByRole('dialog', { name: 'New project' }));
    // Escape closes it, and leads back to what opened it.
    await keyboard.press('Escape');
    await focused(page, 'New project');
    await keyboard.press('Enter');
    await to('Name');
    await keyboard.type('Invoices');
    await keyboard.press('Enter');
    await heading(page, 'Invoices');
  });

  await step('a component, with a secret that is added on the way', async () => {
    await press('New component', 'link');
    await press(/^Azure Blob publisher/, 'button');
    await to('Name');
    await keyboard.type('Archive');
    await to('Use organization secret', 'checkbox');
    await keyboard.press('Space');
    await press(/^Connection String: /);
    await focused(page, 'Search secrets');
    await keyboard.press('Escape');
    await focused(page, /^Connection String: /);
    await keyboard.press('Enter');
    await press('Add Secret', 'button');
    const dialog = page.getByRole('dialog', { name: 'Add Secret' });
    await dialog.waitFor();
    await to('Value');
    await keyboard.type(azurite.connectionString);
    await press('Add', 'button');
    await dialog.waitFor({ state: 'hidden' });
    await focused(page, 'Connection String: CONNECTION_STRING');
    // It is chosen among those there are, too.
    await keyboard.press('Enter');
    await focused(page, 'Search secrets');
    await page.getByRole('option').first().waitFor();
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await focused(page, 'Connection String: CONNECTION_STRING');
    // The button makes way for a text, and the text for the button.
    await press('Write a text around it', 'button');
    await keptAfter(page, page.getByRole('button', { name: 'Write a text around it' }));
    await back(page, 'Use organization secret', 'checkbox');
    await keyboard.press('Space');
    await keyboard.press('Space');
    await to('Container');
    await keyboard.type('by-keyboard');
    await to('Create the container when it does not exist', 'checkbox');
    await keyboard.press('Space');
    await press('Test connection', 'button');
    // As long as the product gives a test, and some.
    await page.getByText(/Test connection passed/).waitFor({ timeout: 35_000 });
    await focused(page, 'Test connection');
    await press('Create', 'button');
    await page.waitForURL(/\/components\/[0-9a-f-]{36}$/);
    await heading(page, 'Archive');
  });

  await step('what is deleted, and is not after all', async () => {
    await press('Delete', 'button');
    await takesKeys(page.getByRole('dialog', { name: 'Delete Archive?' }));
    await keyboard.press('Escape');
    await focused(page, 'Delete');
  });

  await step('a workflow, whose steps and sources come and go', async () => {
    await back(page, 'Invoices', 'link');
    await keyboard.press('Enter');
    await heading(page, 'Invoices');
    await press('New workflow', 'link');
    await to('Name');
    await keyboard.type('Publish');
    await press('Add a source', 'button');
    await press('Remove source 2', 'button');
    await keptAfter(page, page.getByRole('button', { name: 'Remove source 2' }));
    await to('Step 1');
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await press('Map what it gets: step 1', 'button');
    await focused(page, 'Gets it under the name, of step 1');
    await press('Add a step', 'button');
    await focused(page, 'Step 2');
    await press('Move step 2 up', 'button');
    await focused(page, 'Move step 1 up');
    // Pressed once more it does nothing.
    await keyboard.press('Enter');
    await focused(page, 'Move step 1 up');
    await press('Remove step 1', 'button');
    await focused(page, 'Step 1');
    assert.equal(await page.getByRole('combobox', { name: 'Step 1' }).inputValue(), 'Archive');
    await to('Only when, of step 1');
    await keyboard.type('document.size > 0');
    await back(page, 'Form', 'radio');
    for (const view of ['YAML', 'Picture', 'Form']) {
      await keyboard.press('ArrowRight');
      await focused(page, view);
    }
    await press('Create', 'button');
    await heading(page, 'Publish');
  });

  await step('a run', async () => {
    await assertAccessible(page, 'the page of a workflow');
    await to('Documents: press Enter to choose them, or drop them here', 'group');
    const choosing = page.waitForEvent('filechooser');
    await keyboard.press('Enter');
    await (await choosing).setFiles(paths);
    await page.getByText('2 documents,').waitFor();
    await press('Run', 'button');
    await page.waitForURL(/\/runs\/[0-9a-f-]+$/);
    await page.getByText('succeeded').first().waitFor({ timeout: 60_000 });
    assert.deepEqual(
      (await azurite.listBlobs('by-keyboard')).map(({ name }) => name).toSorted(),
      documents.map(({ name }) => name).toSorted(),
    );
  });
  browser.assertQuiet();
});

async function heading(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name }).first().waitFor();
}

/** Presses Tab until the focus is there. Every stop on the way must be seen. */
async function tabTo(page: Page, name: string | RegExp, role?: string, key = 'Tab'): Promise<void> {
  const stops: string[] = [];
  for (let stop = 0; stop < STOPS_MAXIMUM; stop++) {
    const at = await whereFocusIs(page);
    if (at.name !== '') stops.push(`${at.role} “${at.name}”`);
    if (fits(at, name, role)) return;
    await page.keyboard.press(key);
    const now = await whereFocusIs(page);
    assert.equal(now.hidden, '', `${now.role} “${now.name}” is seen when it has the focus`);
  }
  assert.fail(`${key} leads to ${role ?? ''} ${name}. It led to:\n${stops.join('\n')}`);
}

const back = (page: Page, name: string | RegExp, role?: string) => tabTo(page, name, role, 'Shift+Tab');

/** By itself, soon. */
async function focused(page: Page, name: string | RegExp): Promise<void> {
  let at: Focus | undefined;
  for (let look = 0; look < LOOKS; look++) {
    at = await whereFocusIs(page);
    if (fits(at, name)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`The focus is ${at === undefined ? 'lost' : inWords(at)}, and not on “${name}”.`);
}

/** Once what had the focus has gone, something else has it soon. */
async function keptAfter(page: Page, gone: Locator): Promise<void> {
  await gone.waitFor({ state: 'detached' });
  for (let look = 0; look < LOOKS; look++) {
    if (!isLost(await whereFocusIs(page))) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`The focus is lost after ${gone} has gone: the next key does nothing.`);
}

interface Focus {
  readonly role: string;
  readonly name: string;
  /** What keeps it from being seen; empty when nothing does. */
  readonly hidden: string;
}

const LOST: Focus = { role: 'body', name: '', hidden: '' };

const isLost = ({ role }: Focus) => role === LOST.role;

function inWords(at: Focus): string {
  return isLost(at) ? 'lost (it is on the page as a whole, where no key does anything)' : `on ${at.role} “${at.name}”`;
}

function fits({ role, name }: Focus, wanted: string | RegExp, wantedRole?: string): boolean {
  const hasName = typeof wanted === 'string' ? name === wanted : wanted.test(name);
  return hasName && (wantedRole === undefined || role === wantedRole);
}

/** What has the focus, as a screen reader says it, and whether eyes find it. */
async function whereFocusIs(page: Page): Promise<Focus> {
  const hidden = await page.evaluate(async () => {
    // After what moves has moved.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const element = document.activeElement;
    if (element === null || element === document.body) return null;
    if (element.id === 'content') return '';
    // A radio button or checkbox is drawn by what is around it.
    const around = [element, element.parentElement, element.nextElementSibling, element.closest('label')].filter((each) => each !== null);
    const isMarked = around.some((each) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
    });
    if (!isMarked) return `nothing marks ${element.outerHTML.slice(0, 200)}`;
    const shown = element.matches('.visually-hidden') ? (element.closest('label') ?? element) : element;
    const { left, right, top, bottom } = shown.getBoundingClientRect();
    // A message that goes by itself may be in front of it for a moment.
    const [middle] = document
      .elementsFromPoint((left + right) / 2, Math.min((top + bottom) / 2, top + 40))
      .filter((each) => shown.contains(each) || each.closest('[aria-label=Notifications]') === null);
    if (middle === undefined) return 'it is out of view';
    if (shown.contains(middle) || middle.contains(shown)) return '';
    return `it is covered by ${middle.outerHTML.slice(0, 120)}`;
  });
  // Nothing that could be asked for its words: that would wait for something to have the focus.
  if (hidden === null) return LOST;
  const snapshot = await page
    .locator(':focus')
    .first()
    .ariaSnapshot()
    .catch(() => '');
  const [, role = 'body', name = ''] = /^- '?([\w-]+)(?: "((?:[^"\\]|\\.)*)")?/.exec(snapshot) ?? [];
  return { role, name: name.replaceAll('\\"', '"'), hidden };
}
