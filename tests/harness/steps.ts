import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';

/** A step of a story that runs in one browser. */
export type Step = (name: string, tell: () => Promise<void>) => Promise<void>;

/**
 * Steps that build on each other: after one that failed the others are skipped. A failure says where the page
 * was and what it showed, and leaves a picture of it.
 */
export function stepsOf(t: TestContext, page: Page): Step {
  let failed = false;
  return async (name, tell) => {
    await t.test(name, { skip: failed ? 'an earlier step failed' : false }, async () => {
      try {
        await tell();
      } catch (error) {
        failed = true;
        const picture = join(await mkdtemp(join(process.env.HOLDFAST_TEST_PICTURES ?? tmpdir(), 'holdfast-failure-')), 'page.png');
        await page.screenshot({ path: picture, fullPage: true }).catch(() => undefined);
        const text = await page
          .locator('body')
          .ariaSnapshot()
          .catch(() => '');
        throw new Error(`${name}\nat ${page.url()} (${picture})\n${text.slice(0, 3_000)}`, { cause: error });
      }
    });
  };
}
