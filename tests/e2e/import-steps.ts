import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { dialog } from './console-steps.ts';

export async function openImport(page: Page): Promise<Locator> {
  await page
    .getByRole('button', { name: /Import/ })
    .first()
    .click();
  const opened = dialog(page, 'Import secrets');
  await opened.waitFor();
  return opened;
}

/** A file of a test, by its path. */
export async function written(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

export async function chooseFile(opened: Locator, path: string): Promise<void> {
  await opened.locator('input[type=file]').setInputFiles(path);
}
