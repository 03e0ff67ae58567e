import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { startWithContent } from './console-content.ts';
import { signIn, visit } from './console-steps.ts';

test('loaded in the dark on a phone, 390 pixels wide, nothing is wider than the screen', async () => {
  await using content = await startWithContent();
  const { url, organizationUrl, person, signedOut, signedIn } = content;
  await using browser = await openBrowser({ colorScheme: 'dark', viewport: { width: 390, height: 844 } });
  const { page } = browser;
  const tooWide: string[] = [];
  const look = async (path: string) => {
    await visit(page, `${url}${path}`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 390) tooWide.push(`${path}: ${width}`);
    await assertAccessible(page, `${path}, on a phone`);
  };
  for (const path of signedOut) await look(path);
  await page.goto(`${url}/sign-in`);
  await signIn(page, person);
  for (const path of signedIn) await look(path);
  assert.deepEqual(tooWide, []);
  await visit(page, `${organizationUrl}/secrets`);
  for (const name of ['STORE', 'SPARE']) await page.getByRole('checkbox', { name: `Select ${name}` }).check();
  const chosen = page.getByRole('region', { name: 'Selected secrets' });
  await chosen.getByText('2 selected').waitFor();
  await assertAccessible(page, 'several secrets chosen on a phone');
  await chosen.getByRole('button', { name: 'Set projects' }).click();
  await page.getByRole('dialog', { name: 'Set projects' }).getByText('For 2 secrets.').waitFor();
});
