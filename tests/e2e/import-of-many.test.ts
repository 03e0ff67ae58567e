import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { openBrowser } from '../harness/browser.ts';
import { startInstance } from '../harness/instance.ts';
import { stepsOf } from '../harness/steps.ts';
import { signIn } from './console-steps.ts';
import { chooseFile, openImport, written } from './import-steps.ts';

const PICTURES = process.env.VALUES_PICTURES;

test('a file of very many secrets is imported', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const files = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
  t.after(() => rm(files, { recursive: true, force: true }));
  await using browser = await openBrowser();
  const { page } = browser;
  const step = stepsOf(t, page);
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  await page.goto(`${instance.controlUrl}/organizations/acme/secrets`);

  await step('2,000 entries are set; after a break in the middle only the rest is sent', async () => {
    const count = 2_000;
    const text = Array.from({ length: count }, (_, index) => `MANY_${index}=value number ${index}`).join('\n');
    const path = await written(files, 'many.env', text);
    const opened = await openImport(page);
    await chooseFile(opened, path);
    await opened.getByRole('button', { name: 'Seal 2,000 secrets and review' }).click();
    await opened.getByRole('button', { name: 'Add 2,000 secrets' }).waitFor({ timeout: 240_000 });
    const names: string[] = [];
    // A busy server may ask for a pause.
    page.on('response', (response) => {
      const name = response.url().split('/').at(-1) ?? '';
      if (response.request().method() === 'PUT' && name.startsWith('MANY_') && response.ok()) names.push(name);
    });
    // What is routed takes several times as long as what is not, so only what comes near the break is.
    await page.route(/\/secrets\/MANY_(?:[67]\d\d)$/, (route) => {
      if (route.request().method() === 'PUT' && names.length >= 700) return route.abort('connectionreset');
      return route.continue();
    });
    await opened.getByRole('button', { name: 'Add 2,000 secrets' }).click();
    await opened.getByRole('progressbar').waitFor();
    await opened.getByText('of 2,000 were set before it').waitFor({ timeout: 240_000 });
    if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, 'import-broken.png') });
    const before = names.length;
    assert.ok(before >= 700 && before < 710, String(before));
    await page.unrouteAll();
    await opened.getByRole('button', { name: `Add ${(count - before).toLocaleString('en')} secrets` }).click();
    await opened.waitFor({ state: 'hidden', timeout: 240_000 });
    assert.equal(names.length, count);
    assert.equal(new Set(names).size, count);
    const { total } = await account.call<{ total: number }>('GET', account.at('/secrets?search=MANY_&limit=1'));
    assert.equal(total, count);
  });

  browser.assertQuiet(/connectionreset|ERR_CONNECTION_RESET/i, /status of (?:429|503)/, /^503 from PUT .*MANY_/);
});
