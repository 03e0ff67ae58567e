import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';

/** Whole, within what is seen of the page, and beside one another. */
export async function inView(where: Locator, buttons: readonly string[]): Promise<void> {
  const boxes = [];
  for (const name of buttons) {
    const button = where.getByRole('button', { name, exact: true });
    // Until what opens has opened.
    await button.evaluate((element) => Promise.all(element.ownerDocument.getAnimations().map((animation) => animation.finished)));
    const seen = await button.evaluate((element) => {
      const { top, bottom, left, right } = element.getBoundingClientRect();
      const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return { top, bottom, left, right, height: window.innerHeight, width: window.innerWidth, covered: !(at && element.contains(at)) };
    });
    assert.ok(
      seen.top >= 0 && seen.bottom <= seen.height && seen.left >= 0 && seen.right <= seen.width && !seen.covered,
      `“${name}” is in view: ${JSON.stringify(seen)}`,
    );
    boxes.push(seen);
  }
  const [first] = boxes;
  for (const box of boxes) assert.ok(Math.abs(box.top - (first?.top ?? 0)) < 2, 'The buttons stand in one row.');
}
