import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { assertAccessible, openBrowser } from '../harness/browser.ts';
import { holdfast } from '../harness/command-line.ts';
import { startInstance } from '../harness/instance.ts';
import { dialog, goTo, signIn } from './console-steps.ts';

/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env.INVITATION_PICTURES;

test('a colleague is invited in the console, gets the operator’s link, makes an account and joins; and sets a new password later', async (t) => {
  await using instance = await startInstance();
  const account = await setUp(instance);
  const owner = { name: 'Ada Lovelace', email: account.email, password: account.password };
  const home = await mkdtemp(join(tmpdir(), 'holdfast-operator-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const operator = (words: string[]) =>
    holdfast(['account', ...words, '--json'], {
      home,
      environment: { HOLDFAST_HOME: instance.home, HOLDFAST_PUBLIC_URL: instance.controlUrl },
    });
  const link = async (words: string[]) => {
    const made = await operator(words);
    assert.equal(made.code, 0, made.stdout + made.stderr);
    return JSON.parse(made.stdout) as { link: string; hasAccount: boolean; invitedBy: string[] };
  };
  const picture = async (page: Awaited<ReturnType<typeof openBrowser>>['page'], name: string) => {
    await assertAccessible(page, name);
    if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  };

  await using first = await openBrowser();
  await first.page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(first.page, owner);
  await goTo(first.page, 'Members');
  await first.page.getByRole('button', { name: 'Invite' }).click();
  const invite = dialog(first.page, 'Invite a member');
  await invite.getByLabel('E-mail').fill('Grace@example.com');
  await invite.getByRole('button', { name: 'Invite' }).click();
  await invite.getByText('node bin/holdfast.mjs account link grace@example.com').waitFor();
  await picture(first.page, 'invited');
  await invite.getByRole('button', { name: 'Done' }).click();
  await picture(first.page, 'members');

  const made = await link(['link', 'Grace@Example.com']);
  assert.equal(made.hasAccount, false);
  assert.deepEqual(made.invitedBy, ['acme']);
  await using second = await openBrowser();
  const { page } = second;
  await page.goto(made.link);
  await page.getByRole('heading', { name: 'Make your account' }).waitFor();
  assert.ok(!page.url().includes('#'), 'the token is out of the address at once');
  await picture(page, 'make-account');
  await page.getByLabel('Your name').fill('Grace Hopper');
  await page.getByRole('textbox', { name: /^Password/ }).fill('a sentence that Grace remembers');
  await page.getByRole('button', { name: 'Make account' }).click();
  await page.getByRole('heading', { name: 'Invitations' }).waitFor();
  await picture(page, 'invitations');
  await page.getByRole('button', { name: 'Join Acme Capital' }).click();
  await page.waitForURL(/\/organizations\/acme/);

  assert.equal((await operator(['reset', 'nobody@example.com'])).code, 1);
  const reset = await link(['reset', 'grace@example.com']);
  assert.equal(reset.hasAccount, true);
  await page.goto(reset.link);
  await page.getByRole('heading', { name: 'Set a new password' }).waitFor();
  await picture(page, 'set-password');
  await page.getByRole('textbox', { name: /^New password/ }).fill('another sentence, after the first was lost');
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await page.waitForURL(/\/organizations\/acme/);
  await page.goto(reset.link);
  await page.getByText('The link cannot be used.').waitFor();
  await picture(page, 'used-link');

  const audit = await account.call<{ items: { action: string; actor: { name: string } }[] }>('GET', account.at('/audit'));
  const actions = audit.items.map(({ action, actor }) => `${action} by ${actor.name}`);
  for (const expected of ['account.link by operator', 'member.join by Grace Hopper', 'account.reset by Grace Hopper']) {
    assert.ok(actions.includes(expected), actions.join('\n'));
  }
  first.assertQuiet();
  second.assertQuiet(/403/);
});
