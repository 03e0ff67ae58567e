import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { TOKEN_PATTERN } from '@holdfast/api';
import { connect, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { createLogger } from '@holdfast/service';
import { ConfigurationError, parseSetting } from '@holdfast/settings';
import { sql } from 'kysely';
import type { SMTPServerOptions } from 'smtp-server';
import { eventually } from '../../tests/harness/eventually.ts';
import { startMailServer } from '../../tests/harness/mail-server.ts';
import { type TestInstance, testInstance, testOrganization } from '../testing/instance.ts';
import { sendAccountMail } from './account-mail.ts';
import { sendInvitationMail } from './invitation-mail.ts';
import { smtpSettings } from './smtp-settings.ts';

const parseSmtpUrl = (text: string) => smtpSettings(parseSetting('smtp', text));

import { CERTIFICATE, PRIVATE_KEY } from './testing/certificate.ts';

const PASSWORD = 'smtp-password-of-this-test';

async function mailServer(t: TestContext, options: SMTPServerOptions = {}) {
  const server = await startMailServer({
    key: PRIVATE_KEY,
    cert: CERTIFICATE,
    onAuth: ({ username, password }, _session, done) =>
      password === PASSWORD ? done(null, { user: username }) : done(Object.assign(new Error('535 no'), { responseCode: 535 })),
    ...options,
  });
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

/** Where “mail.test” is, for the tests alone. */
const resolve = async () => ['127.0.0.1'];
const mailing = (url: string, authorities: string | undefined = CERTIFICATE) =>
  testInstance({ smtp: parseSmtpUrl(url) }, { resolve, ...(authorities === undefined ? {} : { mailAuthorities: authorities }) });

/** As the control plane does when somebody is invited. */
async function invite(instance: TestInstance, recipient: string, names: { organization?: string; inviter?: string } = {}) {
  const organization = await testOrganization(instance);
  const inviterId = uuidv7();
  const [invitationId, linkId] = [uuidv7(), uuidv7()];
  const expires = new Date(Date.now() + 7 * 86_400_000);
  await instance.owner
    .insertInto('auth.user')
    .values({ id: inviterId, name: 'Ada', email: `${inviterId}@example.com`, emailVerified: true, image: null })
    .execute();
  await transaction(instance.control, async (tx) => {
    await tx
      .insertInto('auth.invitation')
      .values({
        id: invitationId,
        organizationId: organization.id,
        email: recipient,
        role: 'editor',
        status: 'pending',
        expiresAt: expires,
        inviterId,
      })
      .execute();
    await tx
      .insertInto('account_link')
      .values({
        id: linkId,
        purpose: 'invitation',
        email: recipient,
        invitation_id: invitationId,
        user_id: null,
        token_hash: null,
        expires_at: expires,
      })
      .execute();
    await tx
      .insertInto('invitation_mail')
      .values({
        organization_id: organization.id,
        invitation_id: invitationId,
        link_id: linkId,
        recipient,
        organization_name: names.organization ?? 'Acme Capital',
        inviter_name: names.inviter ?? 'Ada Lovelace',
        role: 'editor',
        console_url: 'https://holdfast.example',
        sent_at: null,
        failure: null,
      })
      .execute();
    await instance.queue.send(tx, 'invitation-mail', { organizationId: organization.id, invitationId });
  });
  const row = () =>
    instance.owner.selectFrom('invitation_mail').selectAll().where('invitation_id', '=', invitationId).executeTakeFirstOrThrow();
  const link = () => instance.owner.selectFrom('account_link').selectAll().where('id', '=', linkId).executeTakeFirstOrThrow();
  return { row, link, invitationId };
}

test('over TLS from the start: the mail holds a link whose token is nowhere else, and its hash in the database', async (t) => {
  const { received, port } = await mailServer(t, { secure: true });
  await using instance = await mailing(`smtps://holdfast:${PASSWORD}@mail.test:${port}?from=secrets@example.com`);
  const invited = await invite(instance, 'grace@example.com');
  await eventually('the mail', async () => ((await invited.row()).sent_at === null ? undefined : true));
  const [got] = received;
  assert.ok(got !== undefined && received.length === 1);
  assert.deepEqual([got.secure, got.user], [true, 'holdfast']);
  assert.equal(got.mail.subject, 'Ada Lovelace invites you to Acme Capital');
  assert.equal(got.mail.from?.value[0]?.address, 'secrets@example.com');
  assert.deepEqual(
    [got.mail.to].flat()[0]?.value.map(({ address }) => address),
    ['grace@example.com'],
  );
  const [token, ...more] = [...(got.mail.text ?? '').matchAll(TOKEN_PATTERN)].map(String);
  assert.ok(token !== undefined && more.length === 0 && got.mail.text?.includes(`https://holdfast.example/account-link#${token}`));
  assert.deepEqual((await invited.link()).token_hash, createHash('sha256').update(token).digest());
  const jobs = await instance.owner
    .selectFrom('queue.job' as never)
    .selectAll()
    .execute();
  for (const text of [JSON.stringify(jobs), JSON.stringify(await invited.row()), JSON.stringify(await invited.link())]) {
    assert.ok(!text.includes(token) && !text.includes(PASSWORD));
  }
});

test('with STARTTLS: nothing is said before TLS, and a server that offers none gets no mail', async (t) => {
  const upgraded = await mailServer(t);
  {
    await using instance = await mailing(`smtp://holdfast:${PASSWORD}@mail.test:${upgraded.port}?from=secrets@example.com`);
    const invited = await invite(instance, 'grace@example.com');
    await eventually('the mail', async () => ((await invited.row()).sent_at === null ? undefined : true));
    assert.equal(upgraded.received[0]?.secure, true);
  }
  const plain = await mailServer(t, { disabledCommands: ['STARTTLS'] });
  await using instance = await mailing(`smtp://holdfast:${PASSWORD}@mail.test:${plain.port}?from=secrets@example.com`);
  const invited = await invite(instance, 'grace@example.com');
  const { failure } = await eventually('the failure', async () => ((await invited.row()).failure === null ? undefined : invited.row()));
  assert.match(failure ?? '', /mail\.test:\d+/);
  assert.equal(plain.received.length, 0);
});

test('a certificate that is not trusted, and a wrong password, send nothing; what is said of it holds no secret', async (t) => {
  const { received, port } = await mailServer(t, { secure: true });
  const cases: [string, string | undefined][] = [
    [`smtps://holdfast:${PASSWORD}@mail.test:${port}?from=s@example.com`, undefined],
    [`smtps://holdfast:${PASSWORD}@other.test:${port}?from=s@example.com`, CERTIFICATE],
    [`smtps://holdfast:wrong-${PASSWORD}@mail.test:${port}?from=s@example.com`, CERTIFICATE],
  ];
  for (const [url, authorities] of cases) {
    await using instance = await testInstance(
      { smtp: parseSmtpUrl(url) },
      { resolve, ...(authorities === undefined ? {} : { mailAuthorities: authorities }) },
    );
    const invited = await invite(instance, 'grace@example.com');
    const { failure } = await eventually('the failure', async () => ((await invited.row()).failure === null ? undefined : invited.row()));
    assert.ok(failure !== null && !failure.includes(PASSWORD) && !/holdfast_account/.test(failure), failure ?? '');
  }
  assert.equal(received.length, 0);
});

test('a server that is away for a while gets the mail later, once', async (t) => {
  let refusals = 2;
  const { received, port } = await mailServer(t, {
    onRcptTo: (_address, _session, done) => (refusals-- > 0 ? done(Object.assign(new Error('try later'), { responseCode: 451 })) : done()),
  });
  await using instance = await mailing(`smtp://127.0.0.1:${port}?from=s@example.com`);
  const invited = await invite(instance, 'grace@example.com');
  await eventually('the mail', async () => ((await invited.row()).sent_at === null ? undefined : true), {
    withinMilliseconds: 60_000,
  });
  assert.equal((await invited.row()).failure, null);
  assert.equal(received.length, 1);
});

test('names that others chose make no header, no further line and no link of their own', async (t) => {
  const { received, port } = await mailServer(t);
  await using instance = await mailing(`smtp://127.0.0.1:${port}?from=s@example.com`);
  const invited = await invite(instance, 'grace@example.com', {
    inviter: 'Eve\r\nBcc: all@example.com',
    organization: `Win at https://evil.example ${'x'.repeat(200)}`,
  });
  await eventually('the mail', async () => ((await invited.row()).sent_at === null ? undefined : true));
  const mail = received[0]?.mail;
  assert.equal(mail?.bcc, undefined);
  assert.equal([mail?.to].flat().length, 1);
  assert.ok(!/evil\.example|\/\/evil/.test(`${mail?.subject} ${mail?.text}`), mail?.text);
  assert.equal([...(mail?.text ?? '').matchAll(/https?:\/\//g)].length, 1);
  assert.ok((mail?.subject?.length ?? 999) < 160);
});

test('a mail of an invitation that was withdrawn is not sent', async (t) => {
  let isWithdrawn = false;
  const { received, port } = await mailServer(t, {
    onRcptTo: (_address, _session, done) => (isWithdrawn ? done() : done(Object.assign(new Error('try later'), { responseCode: 451 }))),
  });
  await using instance = await mailing(`smtp://127.0.0.1:${port}?from=s@example.com`);
  const { row, invitationId } = await invite(instance, 'withdrawn@example.com');
  await eventually('the first try', async () => ((await row()).failure === null ? undefined : true));
  const { organization_id: organizationId } = await row();
  await instance.control.deleteFrom('auth.invitation').where('id', '=', invitationId).execute();
  isWithdrawn = true;
  const links = await instance.owner.selectFrom('account_link').select('id').execute();
  assert.equal(links.length, 0, 'its link ends with it');
  const mailer = { sender: 's@example.com', send: async () => assert.fail('sent') };
  const logger = createLogger({ name: 'test', level: 'silent' });
  await sendInvitationMail({ db: instance.control, mailer, logger }, { organizationId, invitationId });
  assert.equal(received.length, 0);
});

/** As the control plane does when somebody has forgotten their password. */
async function askForReset(instance: TestInstance, recipient: string, minutes = 30) {
  const userId = uuidv7();
  const [linkId, mailId] = [uuidv7(), uuidv7()];
  await instance.owner
    .insertInto('auth.user')
    .values({ id: userId, name: 'Ada http://evil.example', email: recipient, emailVerified: true, image: null })
    .execute();
  const link = { id: linkId, purpose: 'reset' as const, email: recipient, invitation_id: null, user_id: userId, token_hash: null };
  const expires_at = new Date(Date.now() + minutes * 60_000);
  const detail = JSON.stringify({ name: 'Ada http://evil.example', from: '203.0.113.7', at: '2026-11-25T18:40:00.000Z' });
  await transaction(instance.control, async (tx) => {
    await tx
      .insertInto('account_link')
      .values({ ...link, expires_at })
      .execute();
    const mail = { id: mailId, kind: 'reset' as const, link_id: linkId, recipient, detail, console_url: 'https://holdfast.example' };
    await tx
      .insertInto('account_mail')
      .values({ ...mail, sent_at: null, failure: null })
      .execute();
    await instance.queue.send(tx, 'account-mail', { mailId });
  });
  const row = () => instance.owner.selectFrom('account_mail').selectAll().where('id', '=', mailId).executeTakeFirstOrThrow();
  const linkRow = () => instance.owner.selectFrom('account_link').selectAll().where('id', '=', linkId).executeTakeFirstOrThrow();
  return { mailId, row, link: linkRow };
}

test('the mail for a new password holds a link whose token is nowhere else; of a link that is over, none is sent', async (t) => {
  const { received, port } = await mailServer(t);
  await using instance = await mailing(`smtp://127.0.0.1:${port}?from=s@example.com`);
  const asked = await askForReset(instance, 'ada@example.com');
  await eventually('the mail', async () => ((await asked.row()).sent_at === null ? undefined : true));
  const [got] = received;
  assert.ok(got !== undefined && received.length === 1);
  const text = got.mail.text ?? '';
  const [token, ...more] = [...text.matchAll(TOKEN_PATTERN)].map(String);
  assert.ok(token !== undefined && more.length === 0 && text.includes(`https://holdfast.example/account-link#${token}`), text);
  assert.match(text, /25 November 2026, 18:40 UTC, from 203\.0\.113\.7/);
  assert.ok(!text.includes('evil.example'), 'a name is no address');
  assert.deepEqual((await asked.link()).token_hash, createHash('sha256').update(token).digest());
  const jobs = await instance.owner
    .selectFrom('queue.job' as never)
    .selectAll()
    .execute();
  for (const stored of [JSON.stringify(jobs), JSON.stringify(await asked.row())]) assert.ok(!stored.includes(token));

  const late = await askForReset(instance, 'late@example.com', -1);
  const mailer = { sender: 's@example.com', send: async () => assert.fail('sent') };
  await using data = connect(instance.settings.databaseUrl, { name: 'test-data', maximumConnections: 1 });
  await sendAccountMail({ db: data, mailer, logger: createLogger({ name: 'test', level: 'silent' }) }, { mailId: late.mailId });
  assert.deepEqual([(await late.row()).sent_at, (await late.link()).token_hash], [null, null]);
});

test('the data plane says whether mail is set up, and touches no link that the operator made', async (t) => {
  const { port } = await mailServer(t);
  await using instance = await mailing(`smtp://127.0.0.1:${port}?from=s@example.com`);
  const sender = () => instance.control.selectFrom('mail_sender').select('sender').executeTakeFirst();
  assert.deepEqual(await sender(), { sender: 's@example.com' });
  const id = uuidv7();
  const expires_at = new Date(Date.now() + 3_600_000);
  const made = {
    ...{ id, purpose: 'operator' as const, email: 'a@example.com', invitation_id: null, user_id: null },
    ...{ token_hash: Buffer.alloc(32, 1), expires_at },
  };
  await instance.owner.insertInto('account_link').values(made).execute();
  await using data = connect(instance.settings.databaseUrl, { name: 'test-data', maximumConnections: 1 });
  const { rows } = await sql<{ set: boolean }>`select set_mailed_link(${id}, ${Buffer.alloc(32, 2)}) as set`.execute(data);
  assert.deepEqual(rows, [{ set: false }]);
  await assert.rejects(data.selectFrom('account_link').select('id').execute(), { code: '42501' });
  await assert.rejects(
    data
      .insertInto('account_link')
      .values({ ...made, id: uuidv7(), token_hash: null })
      .execute(),
    { code: '42501' },
  );
  await using without = await testInstance();
  assert.equal(await without.control.selectFrom('mail_sender').select('sender').executeTakeFirst(), undefined);
});

test('the mail of a destination that waits leads to the console, and makes no link of what others chose', async (t) => {
  const { received, port } = await mailServer(t);
  await using instance = await mailing(`smtp://127.0.0.1:${port}?from=s@example.com`);
  const { id: organizationId, slug } = await testOrganization(instance);
  const [id, userId] = [uuidv7(), uuidv7()];
  const user = { id: userId, name: 'Ada', email: 'ada@example.com', emailVerified: true, image: null };
  await instance.owner.insertInto('auth.user').values(user).execute();
  const member = { id: uuidv7(), organizationId, userId, role: 'owner' as const, createdAt: new Date() };
  await instance.owner.insertInto('auth.member').values(member).execute();
  const detail = {
    ...{ name: 'Ada', by: 'Eve http://evil.example', organization: 'Acme', slug },
    ...{ component: 'see www.evil.example', secret: 'API_KEY', destination: 'https://evil.example:443' },
  };
  const mail = { id, kind: 'destination-requested' as const, link_id: null, recipient: 'ada@example.com', detail: JSON.stringify(detail) };
  await transaction(instance.control, async (tx) => {
    await tx
      .insertInto('account_mail')
      .values({ ...mail, console_url: 'https://holdfast.example', sent_at: null, failure: null })
      .execute();
    await instance.queue.send(tx, 'account-mail', { mailId: id });
  });
  const [got] = await eventually('the mail', async () => (received.length === 0 ? undefined : received));
  const text = got?.mail.text ?? '';
  assert.match(text, /API_KEY to\nhttps evil\[\.\]example:443\./);
  assert.ok(text.includes(`https://holdfast.example/organizations/${slug}/destinations?state=requested`), text);
  assert.ok(!/evil\.example/.test(text), text);
  assert.equal([...text.matchAll(/https?:\/\//g)].length, 1);
});

test('the setting is read strictly, and an error repeats nothing of it', () => {
  assert.deepEqual(parseSmtpUrl('smtps://a%40b.example:p%3Ass@mail.example'), {
    host: 'mail.example',
    port: 465,
    security: 'tls',
    user: 'a@b.example',
    password: 'p:ss',
    sender: 'a@b.example',
  });
  assert.equal(parseSmtpUrl('smtp://mail.example?from=a@b.example').security, 'starttls');
  assert.equal(parseSmtpUrl('smtp://[::1]:2525?from=a@b.example').security, 'plain');
  assert.equal(parseSmtpUrl('smtp://mail.example?from=a@b.example').port, 587);
  const wrong = [
    'http://u:hidden-pass@mail.example',
    'smtp://u:hidden-pass@mail.example',
    'smtps://u:hidden-pass@mail.example/x?from=a@b.c',
  ];
  for (const text of [
    ...wrong,
    'smtps://u:hidden-pass@mail.example?from=a@b.c&tls=no',
    'smtps://u:hidden-pass@m.example?from=a%0d%0ab@c',
    'x',
  ]) {
    assert.throws(
      () => parseSmtpUrl(text),
      (error) => error instanceof ConfigurationError && !error.message.includes('hidden-pass'),
      text,
    );
  }
});
