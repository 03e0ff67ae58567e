import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { test } from 'node:test';
import { startTestServer } from '@holdfast/db/testing';
import pg from 'pg';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { addSecrets } from '../harness/workspace.ts';
import { dialog, goTo, openAddSecret, signIn, takesKeys } from './console-steps.ts';

/** Where to put pictures, for somebody who wants to look at the pages. */
const PICTURES = process.env.KEY_ROTATION_PICTURES;

test('an owner rotates the sealing key in the console; what was typed meanwhile arrives, and an older key is refused', async (t) => {
  await using resources = new AsyncDisposableStack();
  const server = await startTestServer();
  resources.defer(() => server.stop());
  await using instance = await startInstance({ environment: { DATABASE_URL: server.url } });
  const database = new pg.Client({ connectionString: server.url, options: '-c search_path=holdfast' });
  await database.connect();
  resources.defer(() => database.end());
  const account = await setUp(instance);
  await addSecrets(account, 12, (number) => [`S${number}`, `value of secret ${number}`]);
  await using browser = await openBrowser();
  const { page } = browser;
  const picture = async (name: string) => {
    if (PICTURES === undefined) return;
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  };
  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });

  await t.test('a secret is added, so that this browser has pinned the first key', async () => {
    await goTo(page, 'Secrets');
    const adding = await openAddSecret(page);
    await adding.getByLabel('Name').fill('FIRST');
    await adding.getByLabel('Value').fill('the first value of this');
    await adding.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('FIRST is sealed and stored.').waitFor();
  });

  await t.test('the dialog says what happens, and the page shows how it went', async () => {
    await goTo(page, 'Keys & settings');
    const keys = page.getByRole('table', { name: 'Sealing keys' });
    await keys.getByRole('row').nth(1).getByText('Current').waitFor();
    const former = await keys.getByRole('row').nth(1).getByText(/·/).textContent();
    await page.getByRole('button', { name: 'Rotate the key' }).click();
    const asking = dialog(page, 'Rotate the sealing key');
    await asking.getByText('It seals 13 values again under the new key. That takes a few seconds.').waitFor();
    await asking.getByText('Nothing has to be entered again, and workflows go on meanwhile.').waitFor();
    await assertAccessible(page, 'rotate the sealing key');
    await picture('1-ask');
    await asking.getByRole('button', { name: 'Rotate the key' }).click();
    const rotation = page.getByRole('region', { name: 'Rotation' });
    await rotation.getByText(/Rotated by Ada Lovelace .*: 13 values sealed again\./).waitFor({ timeout: 30_000 });
    await rotation.getByText(former ?? '').waitFor();
    const made = await keys.getByRole('row').nth(1).getByText(/·/).textContent();
    assert.notEqual(made, former);
    await keys.getByRole('row').nth(2).getByText('Being retired').waitFor();
    await page.getByText('The former key is kept for a few minutes').waitFor();
    await assertAccessible(page, 'keys after a rotation');
    await picture('2-done');
    await page.setViewportSize({ width: 390, height: 800 });
    await picture('3-narrow');
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture('4-dark');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  await t.test('a dialog that was open while the key was rotated seals with the new one', async () => {
    await goTo(page, 'Secrets');
    const adding = await openAddSecret(page);
    await adding.getByLabel('Name').fill('MEANWHILE');
    await adding.getByLabel('Value').fill('typed before the rotation');
    await account.call('POST', account.at('/keys/rotate'), {});
    await eventually('the third key', async () => {
      const { generation } = await account.call<{ generation: number }>('GET', account.at('/sealing-key'));
      return generation === 3;
    });
    // The time for late clients is over as well.
    await database.query("update organization_key set retired_at = retired_at - interval '1 hour' where retired_at is not null");
    await adding.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('MEANWHILE is sealed and stored.').waitFor();
    const { rows } = await database.query(
      `select k.generation from secret s join secret_version v on v.secret_id = s.id join organization_key k on k.id = v.key_id where s.name = 'MEANWHILE'`,
    );
    assert.deepEqual(rows, [{ generation: 3 }]);
  });

  await t.test('the former keys are shown as destroyed, and the audit says it in words', async () => {
    await eventually('the former keys to be destroyed', async () => {
      const { rows } = await database.query('select from organization_key where destroyed_at is not null');
      return rows.length === 2;
    });
    await page.reload();
    await goTo(page, 'Keys & settings');
    await page.getByRole('table', { name: 'Sealing keys' }).getByText('Destroyed').nth(1).waitFor();
    await page.getByText('The former key was destroyed').waitFor();
    await picture('5-destroyed');
    await goTo(page, 'Audit');
    await page
      .getByText(/destroyed the former sealing key/)
      .first()
      .waitFor();
    await page
      .getByText(/sealed every value again under the new key/)
      .first()
      .waitFor();
    assert.equal(await page.getByText(/sealed again under the new key:/).count(), 0, 'One row for the rotation, not one for each value.');
    await picture('6-audit');
  });

  await t.test('an older key that is shown again is refused by this browser, with what to do', async () => {
    await database.query('begin');
    await database.query('update organization_key set current = false, retired_at = created_at where generation = 3');
    await database.query('update organization_key set current = true, retired_at = null, destroyed_at = null where generation = 1');
    await database.query('commit');
    await page.goto(`${instance.controlUrl}/organizations/acme/settings`);
    await page.getByText('The sealing key is older than one that was used before').waitFor();
    await page.getByRole('button', { name: 'Trust the older key' }).click();
    await dialog(page, 'Trust the older key')
      .getByText(/After a backup was restored the older key is right/)
      .waitFor();
    await assertAccessible(page, 'older key');
    await picture('7-older');
    await takesKeys(dialog(page, 'Trust the older key'));
    await page.keyboard.press('Escape');
    await goTo(page, 'Secrets');
    const adding = await openAddSecret(page);
    await adding.getByText('The sealing key is older than one that was used before').waitFor();
  });
});
