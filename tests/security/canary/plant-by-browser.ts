import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { addSecret, createPublisher, dialog, goTo, testConnection } from '../../e2e/console-steps.ts';
import { CONTAINER } from './services.ts';

/**
 * In by the browser, where somebody is signed in: the secret FROM_BROWSER; as a component's own value what is
 * wrong; and FROM_FORM, which is typed where it would be stored in clear, noticed, sealed, and then saved as
 * a secret.
 */
export async function plantByBrowser(page: Page, organization: string, project: string, values: { value: string; wrong: string }) {
  await goTo(page, 'Secrets');
  await addSecret(page, 'FROM_BROWSER', values.value);
  await page.goto(`${organization}/projects/${project}`);
  await createPublisher(page, { name: 'Wrong key', container: CONTAINER, connection: { ownValue: values.wrong } });
  assert.match(await testConnection(page), /failed/);

  await page.goto(`${organization}/projects/${project}/components/new?type=azure-blob-publisher`);
  await page.getByRole('textbox', { name: 'Folder' }).fill(values.value);
  await page.getByRole('button', { name: 'Seal it' }).click();
  await page.getByRole('button', { name: 'Save it as an organization secret' }).click();
  const form = dialog(page, 'Save as an organization secret');
  await form.getByLabel('Name').fill('FROM_FORM');
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await form.waitFor({ state: 'hidden' });
}
