import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { setUp } from '../harness/account.ts';
import { openBrowser } from '../harness/browser.ts';
import { repository, startInstance } from '../harness/instance.ts';
import { putSecret } from '../harness/workspace.ts';
import { signIn } from './console-steps.ts';

/** Of the sign-in page, and of the list of secrets when nothing is in the cache. */
const FIRST_PAGE_BYTES = 300_000;
const CHUNK_GZIP_BYTES = 120_000;
const SECRETS = 40;

test('the first page and the list of secrets move at most 300 kB each, and no part of the console more than 120 kB', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  for (let number = 0; number < SECRETS; number++) {
    await putSecret(account, `SERVICE_${number}_API_KEY`, `value ${number} of a service`, { description: `The key of service ${number}.` });
  }

  await t.test('the sign-in page and the list of secrets, each with nothing in the cache', async (t) => {
    await using browser = await openBrowser();
    const first = await bytesOf(browser.page, async () => {
      await browser.page.goto(`${instance.controlUrl}/sign-in`);
      await browser.page.getByRole('button', { name: 'Sign in' }).waitFor();
    });
    t.diagnostic(`sign-in page: ${describe(first)}`);
    await signIn(browser.page, { name: 'Ada Lovelace', email: account.email, password: account.password });
    // Another browser, which has the session and nothing else.
    await using other = await openBrowser();
    await other.context.addCookies(await browser.context.cookies());
    const openList = async () => {
      await other.page.goto(`${instance.controlUrl}/organizations/acme/secrets`);
      await other.page.getByRole('link', { name: 'SERVICE_0_API_KEY', exact: true }).waitFor();
    };
    const list = await bytesOf(other.page, openList);
    t.diagnostic(`list of ${SECRETS} secrets: ${describe(list)}`);
    assert.ok(total(first) > 50_000, 'the sign-in page was measured');
    assert.ok(total(first) <= FIRST_PAGE_BYTES, describe(first));
    assert.ok(total(list) > 50_000, 'the list was measured');
    assert.ok(total(list) <= FIRST_PAGE_BYTES, describe(list));

    const again = await bytesOf(other.page, openList);
    t.diagnostic(`the same again: ${describe(again)}`);
    assert.deepEqual(
      again.filter(({ url }) => url.includes('/assets/')),
      [],
      'what was loaded once is not asked for again',
    );
  });

  await t.test('every script and style of the build', async () => {
    const folder = join(repository, 'console', 'dist', 'assets');
    const names = (await readdir(folder)).filter((name) => /\.(?:js|css)$/.test(name));
    assert.ok(names.length > 20, names.join());
    const tooHeavy: string[] = [];
    for (const name of names) {
      const content = await readFile(join(folder, name));
      const bytes = gzipSync(content, { level: 9 }).length;
      if (bytes > CHUNK_GZIP_BYTES) tooHeavy.push(`${name}: ${bytes}`);
      if (content.length < 512) continue;
      const compressed = await Promise.all(['br', 'gz'].map((ending) => stat(join(folder, `${name}.${ending}`))));
      assert.ok(
        compressed.every(({ size }) => size < content.length),
        `${name} is compressed ahead`,
      );
    }
    assert.deepEqual(tooHeavy, []);
  });
});

interface Moved {
  url: string;
  bytes: number;
}

/** What the network brought, heads of the answers included, until the page is at rest. */
async function bytesOf(page: Page, visit: () => Promise<unknown>): Promise<Moved[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const urls = new Map<string, string>();
  const moved: Moved[] = [];
  session.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (encodedDataLength > 0) moved.push({ url: urls.get(requestId) ?? '', bytes: encodedDataLength });
  });
  await visit();
  await page.waitForLoadState('networkidle');
  await session.detach();
  return moved;
}

const total = (moved: readonly Moved[]) => moved.reduce((sum, { bytes }) => sum + bytes, 0);

function describe(moved: readonly Moved[]): string {
  const heaviest = [...moved].sort((one, other) => other.bytes - one.bytes).slice(0, 60);
  const named = heaviest.map(({ url, bytes }) => `${url.split('/').at(-1)} ${bytes}`);
  return `${total(moved)} bytes in ${moved.length} answers (${named.join(', ')})`;
}
