import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EnvelopeBody } from '@holdfast/api';
import type { Locator, Page } from 'playwright-core';
import { type Account, setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { knownKey, LINES } from '../harness/known-key.ts';
import { stepsOf } from '../harness/steps.ts';
import { putSecret } from '../harness/workspace.ts';
import { dialog, openAddSecret, signIn } from './console-steps.ts';
import { chooseFile, openImport, written } from './import-steps.ts';

const PICTURES = process.env.VALUES_PICTURES;
const picture = async (page: Page, name: string) => {
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
};

test('values arrive as they were meant', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  await putSecret(account, 'TAKEN', 'a value that is there');
  const files = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
  t.after(() => rm(files, { recursive: true, force: true }));
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  const secrets = `${instance.controlUrl}/organizations/acme/secrets`;
  const person = { name: 'Ada Lovelace', email: account.email, password: account.password };
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, person);
  await page.goto(secrets);

  /** What is sealed for secrets named KEY_… goes no further than here, where it can be opened. */
  async function sealForKnownKey() {
    const key = await knownKey(account.organization.id);
    const sent = new Map<string, EnvelopeBody>();
    await page.evaluate(() => localStorage.clear());
    await page.route('**/sealing-key', (route) => route.fulfill({ json: key.signed }));
    await page.route('**/secrets/KEY_*', async (route) => {
      if (route.request().method() !== 'PUT') return route.continue();
      sent.set(route.request().url().split('/').at(-1) ?? '', route.request().postDataJSON().envelope);
      return route.fulfill({ status: 204 });
    });
    await page.reload();
    return { key, sent };
  }
  async function sealForOwnKey() {
    await page.unrouteAll();
    await page.evaluate(() => localStorage.clear());
    await page.reload();
  }

  await step('what looks wrong is said while it is typed, and cleaned without being shown', async () => {
    const opened = await openAddSecret(page);
    await opened.getByLabel('Name').fill('API_KEY');
    await opened.getByLabel('Value').fill('export API_KEY="sk-live\u200b-4242-4242"\u00a0');
    await opened.getByText('ZERO WIDTH SPACE (U+200B), at character 24').waitFor();
    await opened.getByText('NO-BREAK SPACE (U+00A0)').waitFor();
    await opened.getByText('The value begins with a name').waitFor();
    await assertAccessible(page, 'a value with findings');
    await picture(page, 'findings');
    await opened.getByRole('button', { name: 'Clean' }).click();
    assert.equal(await opened.getByLabel('Value').inputValue(), 'sk-live-4242-4242');
    assert.equal(await opened.getByText('U+200B').count(), 0);
    // Dots, whatever was cleaned.
    const shown = await opened
      .getByLabel('Value')
      .evaluate((element) => getComputedStyle(element).getPropertyValue('-webkit-text-security'));
    assert.equal(shown, 'disc');
  });

  await step('a mask is refused and nothing is sent', async () => {
    const opened = dialog(page, 'Add Secret');
    const before = browser.requests.length;
    await opened.getByLabel('Value').fill('••••••••••••');
    await opened.getByRole('button', { name: 'Add', exact: true }).click();
    await opened.getByText('not the value').first().waitFor();
    assert.equal(browser.requests.slice(before).filter(({ method }) => method === 'PUT').length, 0);
    await opened.getByRole('button', { name: 'Cancel' }).click();
  });

  await step('typed, pasted, chosen as a file and imported, a value of several lines is sealed byte for byte', async () => {
    const { key, sent } = await sealForKnownKey();
    const lines = Object.entries(LINES);
    const give: [string, (opened: Locator, value: string) => Promise<void>][] = [
      ['a paste', (opened, value) => paste(opened.getByLabel('Value'), value)],
      ['a file that is chosen', async (opened, value) => chooseFile(opened, await written(files, 'value.txt', value))],
      ['a file that is dropped', (opened, value) => dropFile(opened.getByLabel('Value'), value)],
    ];
    for (const [door, by] of give) {
      for (const [index, [what, value]] of lines.entries()) {
        const opened = await openAddSecret(page);
        await opened.getByLabel('Name').fill(`KEY_${index}`);
        await by(opened, value);
        // Once a file is read.
        const count = `${[...value].length} characters on ${value.split(/\r\n|\r|\n/).length} lines.`;
        await opened.getByRole('status').getByText(count).waitFor();
        if (value.includes('\r')) await opened.getByText('carriage return (U+000D)').waitFor();
        if (door === 'a paste' && what === 'CRLF') {
          await opened.getByText('kept as it is').waitFor();
          await picture(page, 'held');
        }
        await opened.getByRole('button', { name: 'Add', exact: true }).click();
        await opened.waitFor({ state: 'hidden' });
        const envelope = sent.get(`KEY_${index}`);
        assert.ok(envelope !== undefined, `${door}, ${what}`);
        assert.equal(JSON.stringify(await key.open(envelope)), JSON.stringify(value), `${door}, ${what}`);
        sent.clear();
      }
    }
    const text = lines.map(([, value], index) => `KEY_${index}='${value}'`).join('\n');
    for (const by of [
      async (opened: Locator) => chooseFile(opened, await written(files, 'keys.env', text)),
      (opened: Locator) => paste(opened.getByLabel('File'), text),
    ]) {
      const opened = await openImport(page);
      await by(opened);
      await opened.getByRole('button', { name: `Seal ${lines.length} secrets and review` }).click();
      await opened.getByRole('button', { name: `Add ${lines.length} secrets` }).click();
      await opened.waitFor({ state: 'hidden' });
      for (const [index, [what, value]] of lines.entries()) {
        const envelope = sent.get(`KEY_${index}`);
        assert.equal(JSON.stringify(await key.open(envelope as EnvelopeBody)), JSON.stringify(value), `imported, ${what}`);
      }
      sent.clear();
    }
    await sealForOwnKey();
  });

  await step('what is pressed while a file is still being read is done with the file', async () => {
    const release = await holdFiles(page);
    const adding = await openAddSecret(page);
    await adding.getByLabel('Name').fill('SLOW_FILE');
    await chooseFile(adding, await written(files, 'slow.txt', 'a value that takes its time'));
    const add = adding.getByRole('button', { name: 'Add', exact: true });
    await add.click();
    await eventually('the dialog to be busy', () => add.isDisabled());
    await release();
    await adding.waitFor({ state: 'hidden' });
    await account.call('GET', account.at('/secrets/SLOW_FILE'));
    const releaseImport = await holdFiles(page);
    const importing = await openImport(page);
    await chooseFile(importing, await written(files, 'slow.env', 'SLOW_IMPORT=a value that takes its time'));
    const seal = importing.getByRole('button', { name: /^Seal/ });
    await seal.click();
    await eventually('the import to be busy', () => seal.isDisabled());
    await releaseImport();
    await importing.getByRole('button', { name: 'Add 1 secret' }).waitFor();
    await importing.getByRole('button', { name: 'Cancel' }).click();
    await page.reload();
  });

  await step('of two files the one that is given last counts, however long the first takes', async () => {
    const { key, sent } = await sealForKnownKey();
    const release = await holdFiles(page);
    const opened = await openAddSecret(page);
    await opened.getByLabel('Name').fill('KEY_LAST');
    await chooseFile(opened, await written(files, 'slow.txt', 'the file that is given first'));
    const add = opened.getByRole('button', { name: 'Add', exact: true });
    await add.click();
    await eventually('the dialog to be busy', () => add.isDisabled());
    const last = 'the file that is given last';
    await chooseFile(opened, await written(files, 'quick.txt', last));
    await opened.getByRole('status').getByText(`${last.length} characters on 1 line.`).waitFor();
    await release();
    await opened.waitFor({ state: 'hidden' });
    assert.equal(await key.open(sent.get('KEY_LAST') as EnvelopeBody), last);
    await sealForOwnKey();
  });

  await step('a file that is refused after the press is named, and what stood in its place is not sealed', async () => {
    const refusal = (opened: Locator) => opened.getByText('broken.txt could not be read. Choose it again.');
    const broken = await written(files, 'broken.txt', 'a file that cannot be read');
    const before = browser.requests.length;
    const adding = await openAddSecret(page);
    const add = adding.getByRole('button', { name: 'Add', exact: true });
    await adding.getByLabel('Name').fill('AFTER_REFUSAL');
    for (const text of ['', 'the text that stood there before']) {
      const release = await holdFiles(page);
      await adding.getByLabel('Value').fill(text);
      await refusal(adding).waitFor({ state: 'hidden' });
      await chooseFile(adding, broken);
      await add.click();
      await eventually('the dialog to be busy', () => add.isDisabled());
      await release();
      await refusal(adding).waitFor();
      await eventually('the dialog to be done', () => add.isEnabled());
    }
    // Nor at the next press, until something else is entered.
    await add.click();
    await eventually('the field to have the focus', () => adding.locator('[aria-invalid=true]:focus').isVisible());
    await assertAccessible(page, 'a file that is refused');
    await picture(page, 'file-refused');
    assert.equal(browser.requests.slice(before).filter(({ method }) => method === 'PUT').length, 0);
    await adding.getByLabel('Value').fill('another text');
    await refusal(adding).waitFor({ state: 'hidden' });
    await add.click();
    await adding.waitFor({ state: 'hidden' });
    await account.call('GET', account.at('/secrets/AFTER_REFUSAL'));

    const release = await holdFiles(page);
    const importing = await openImport(page);
    await importing.getByLabel('File').fill('BEFORE=the text that stood there before');
    await chooseFile(importing, broken);
    const seal = importing.getByRole('button', { name: /^Seal/ });
    await seal.click();
    await release();
    await refusal(importing).waitFor();
    await eventually('the import to be done', () => seal.isEnabled());
    assert.equal(await importing.getByRole('button', { name: 'Add 1 secret' }).count(), 0);
    await importing.getByRole('button', { name: 'Cancel' }).click();
    await page.reload();
  });

  await step('all faults of a file show at once, with names and lines, and nothing is sent', async () => {
    const opened = await openImport(page);
    const before = browser.requests.length;
    await opened.getByLabel('File').fill('GOOD=a good value\nGOOD=another\ngood=third\nno entry\nMASK=••••••\nEMPTY=\nOPEN="never');
    const faults = opened.getByRole('list', { name: 'Faults' }).getByRole('listitem');
    assert.deepEqual(
      (await faults.allInnerTexts()).map((text) => text.split(/[:.]/)[0]),
      ['Line 2, GOOD', 'Line 3, good', 'Line 4', 'Line 5, MASK', 'Line 7, OPEN'],
    );
    await opened.getByText('EMPTY (line 6)').waitFor();
    assert.ok(await opened.getByRole('button', { name: /^Seal/ }).isDisabled());
    await assertAccessible(page, 'an import with faults');
    await picture(page, 'import-faults');
    await opened.getByLabel('File').press('Control+Enter');
    assert.equal(browser.requests.slice(before).filter(({ method }) => method === 'PUT').length, 0);
    await opened.getByRole('button', { name: 'Cancel' }).click();
  });

  await step('names that exist are replaced when they are ticked; escapes and what was left out are named', async () => {
    const opened = await openImport(page);
    await opened.getByLabel('File').fill('TAKEN="C:\\new\\temp"\nFRESH="DOMAIN\\svc-account"\nEMPTY= # note\n');
    await opened.getByRole('button', { name: 'Seal 2 secrets and review' }).click();
    await opened.getByText('exists: tick to replace').waitFor();
    await opened.getByText('was read as an escape').waitFor();
    await opened.getByText('EMPTY (line 3)').waitFor();
    assert.equal(await opened.getByRole('checkbox', { name: /TAKEN/ }).isChecked(), false);
    await opened.getByRole('button', { name: 'Add 1 secret' }).waitFor();
    await opened.getByRole('checkbox', { name: /TAKEN/ }).check();
    await assertAccessible(page, 'an import to look through');
    await picture(page, 'import-choose');
    await opened.getByRole('button', { name: 'Add 1, replace 1' }).click();
    await opened.waitFor({ state: 'hidden' });
    const taken = await account.call<{ replacedAt: string | null }>('GET', account.at('/secrets/TAKEN'));
    assert.notEqual(taken.replacedAt, null);
    await account.call('GET', account.at('/secrets/FRESH'));
    assert.equal((await account.request('GET', account.at('/secrets/EMPTY'))).status, 404);
  });

  await step('a description is edited in another zone: nothing else moves, and the record names only that', async () => {
    await account.call('PATCH', account.at('/secrets/TAKEN'), { expiresAt: '2031-01-31', rotationDays: 90 });
    const before = await account.call<{ expiresAt: string }>('GET', account.at('/secrets/TAKEN'));
    for (const timezoneId of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      await using elsewhere = await openBrowser({ timezoneId });
      const opened = await openDetails(elsewhere.page, instance.controlUrl, person);
      assert.equal(await opened.getByLabel('Expires on').inputValue(), '2031-01-31');
      await opened.getByText('the end of 2031-01-31 in UTC').waitFor();
      await opened.getByLabel('Description').fill(`Edited in ${timezoneId}`);
      await picture(elsewhere.page, `details-${timezoneId.split('/')[1]}`);
      await opened.getByRole('button', { name: 'Save' }).click();
      await opened.waitFor({ state: 'hidden' });
      const now = await account.call<{ expiresAt: string; description: string }>('GET', account.at('/secrets/TAKEN'));
      assert.deepEqual([now.expiresAt, now.description], [before.expiresAt, `Edited in ${timezoneId}`]);
      assert.deepEqual(await lastFields(account), ['description']);
      elsewhere.assertQuiet();
    }
  });

  await step('what another admin has changed meanwhile is shown and not undone', async () => {
    const opened = await openDetails(page, instance.controlUrl);
    await opened.getByLabel('Description').fill('typed by Ada');
    await account.call('PATCH', account.at('/secrets/TAKEN'), { kind: 'token', description: 'saved by Grace', expiresAt: '2032-02-29' });
    await opened.getByRole('button', { name: 'Save' }).click();
    await opened.getByText('Somebody else has changed it meanwhile').waitFor();
    await opened.getByText('description, kind, expiry').waitFor();
    await picture(page, 'details-conflict');
    assert.equal(await opened.getByLabel('Description').inputValue(), 'typed by Ada');
    assert.equal(await opened.getByLabel('Expires on').inputValue(), '2032-02-29');
    await opened.getByText('This was changed meanwhile too').waitFor();
    await opened.getByRole('button', { name: 'Save' }).click();
    await opened.waitFor({ state: 'hidden' });
    const now = await account.call<{ kind: string; description: string; expiresAt: string }>('GET', account.at('/secrets/TAKEN'));
    assert.deepEqual([now.kind, now.description, now.expiresAt], ['token', 'typed by Ada', '2032-02-29T23:59:59.999Z']);
    assert.deepEqual(await lastFields(account), ['description']);
  });

  await step('a date that is past is warned of', async () => {
    const opened = await openDetails(page, instance.controlUrl);
    await opened.getByLabel('Expires on').fill('2020-01-31');
    await opened.getByText('That is past').waitFor();
    await opened.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('the end of 2032-02-29 (UTC)').waitFor();
  });

  browser.assertQuiet(/status of 412/i);
});

async function openDetails(page: Page, url: string, person?: Parameters<typeof signIn>[1]): Promise<Locator> {
  if (person !== undefined) {
    await page.goto(`${url}/sign-in`);
    await signIn(page, person);
  }
  await page.goto(`${url}/organizations/acme/secrets/TAKEN`);
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const opened = dialog(page, 'Edit TAKEN');
  await opened.waitFor();
  return opened;
}

async function lastFields(account: Account): Promise<string[]> {
  const { items } = await account.call<{ items: { detail: { fields: string[] } }[] }>('GET', account.at('/audit?secret=TAKEN&limit=1'));
  return items[0]?.detail.fields ?? [];
}

/**
 * From now on a file named slow… is read when the answer is called, and one named broken… is then found to be
 * unreadable.
 */
async function holdFiles(page: Page): Promise<() => Promise<unknown>> {
  await page.evaluate(() => {
    const released = new Promise((resolve) => addEventListener('released', resolve, { once: true }));
    const { arrayBuffer } = Blob.prototype;
    Blob.prototype.arrayBuffer = async function () {
      const name = this instanceof File ? this.name : '';
      if (/^(?:slow|broken)/.test(name)) await released;
      if (name.startsWith('broken')) throw new DOMException('It cannot be read.', 'NotReadableError');
      return arrayBuffer.call(this);
    };
  });
  return () => page.evaluate(() => dispatchEvent(new Event('released')));
}

/** As a browser does it: to an event first and, when nothing takes it, into the field. */
async function paste(field: Locator, text: string): Promise<void> {
  await field.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    element.focus();
    if (element.dispatchEvent(event)) document.execCommand('insertText', false, pasted);
  }, text);
}

async function dropFile(field: Locator, text: string): Promise<void> {
  await field.evaluate((element, dropped) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([dropped], 'dropped.txt', { type: 'text/plain' }));
    for (const type of ['dragover', 'drop']) element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }, text);
}
