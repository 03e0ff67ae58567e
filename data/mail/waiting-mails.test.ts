import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Role } from '@holdfast/api';
import { type AccountMailKind, appendAudit, mailOwnersAndAdmins, transaction } from '@holdfast/db/data';
import { uuidv7 } from '@holdfast/envelope';
import { parseSetting } from '@holdfast/settings';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { type MailServer, startMailServer } from '../../tests/harness/mail-server.ts';
import {
  ACTOR,
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { type RecordingService, recordingService } from '../testing/recording-service.ts';
import { finishedRun, startTestRun } from '../testing/runs.ts';
import { smtpSettings } from './smtp-settings.ts';

/** An account key: it names no host. */
const KEY = Buffer.from('an account key, which names no host').toString('base64');
const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];
const CONSOLE = 'https://holdfast.example';

let mails: MailServer;
let instance: TestInstance;
let organization: TestOrganization;
let service: RecordingService;
let names = 0;
before(async () => {
  mails = await startMailServer({ disabledCommands: ['STARTTLS'] });
  instance = await testInstance({ smtp: smtpSettings(parseSetting('smtp', `smtp://127.0.0.1:${mails.port}?from=s@example.com`)) });
  // As a control plane does when it starts.
  await instance.control.updateTable('instance').set({ console_url: CONSOLE }).execute();
  service = await recordingService();
});
after(async () => {
  await service?.[Symbol.asyncDispose]();
  await instance?.[Symbol.asyncDispose]();
  await mails?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  organization = await testOrganization(instance);
  for (const role of ['owner', 'admin', 'editor', 'viewer'] as const) await addMember(role);
});
afterEach(() => {
  mails.received.length = 0;
});

const addressOf = (role: Role) => `${role}@${organization.slug}.example`;

async function addMember(role: Role): Promise<void> {
  const userId = uuidv7();
  const user = { id: userId, name: `The ${role}`, email: addressOf(role), emailVerified: true, image: null };
  await instance.owner.insertInto('auth.user').values(user).execute();
  const member = { id: uuidv7(), organizationId: organization.id, userId, role, createdAt: new Date() };
  await instance.owner.insertInto('auth.member').values(member).execute();
}

/** A component that sends a secret to a host that nobody has approved, and a run of it. */
async function runUnapproved() {
  const secret = await testSecret(instance, organization, `KEY_${++names}`, KEY);
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=store1;AccountKey=\${secret.KEY};BlobEndpoint=http://127.0.0.1:${service.port}/store1;`;
  const options = { container: 'docs', connectionString };
  const componentId = await testComponent(instance, organization, options, { 'connectionString KEY': secret });
  const run = await startTestRun(instance, organization, [componentId], DOCUMENT);
  return { secret: secret.name ?? '', run: await finishedRun(instance, run) };
}

/** The mails that wait or were sent, by address. */
async function mailed(kind: AccountMailKind): Promise<string[]> {
  const rows = await instance.owner.selectFrom('account_mail').select('recipient').where('kind', '=', kind).execute();
  return rows
    .map(({ recipient }) => recipient)
    .filter((recipient) => recipient.endsWith(`@${organization.slug}.example`))
    .sort();
}

const ask = (kind: 'secret-requested' | 'destination-requested', detail: Record<string, string>, asked = 1) =>
  transaction(instance.control, (tx) => mailOwnersAndAdmins(tx, instance.queue, organization.id, { kind, detail, asked }));

async function sendTo(recipient: string, kind: AccountMailKind, detail: object): Promise<void> {
  const mail = { id: uuidv7(), kind, link_id: null, recipient, detail: JSON.stringify(detail), console_url: CONSOLE };
  await transaction(instance.control, async (tx) => {
    await tx
      .insertInto('account_mail')
      .values({ ...mail, sent_at: null, failure: null })
      .execute();
    await instance.queue.send(tx, 'account-mail', { mailId: mail.id });
  });
}

test('a run that is stopped for a destination that nobody approved is mailed to owners and admins, once', async () => {
  const { secret, run } = await runUnapproved();
  assert.equal(run.status, 'failed');
  for (const role of ['owner', 'admin'] as const) {
    const text = await mails.mailTo(addressOf(role), `A destination waits for you in ${organization.slug}`);
    assert.match(
      text,
      new RegExp(`^Hello The ${role},\n\nA use of the component “[^”]+”, for Ada Example, would have sent ${secret} to\n`),
    );
    assert.match(text, /http 127\[\.\]0\[\.\]0\[\.\]1:\d+\. Nobody has approved that yet, so it was stopped, and nothing was sent\./);
    assert.ok(text.includes(`\n${CONSOLE}/organizations/${organization.slug}/destinations?state=requested\n`), text);
  }
  assert.deepEqual(await mailed('destination-requested'), [addressOf('admin'), addressOf('owner')]);
  await runUnapproved();
  assert.equal((await mailed('destination-requested')).length, 2, 'None of others while one waits.');
});

test('where destinations are only observed, the mail says that it was sent', async () => {
  await transaction(instance.control, (tx) =>
    appendAudit(tx, organization.id, [
      {
        action: 'organization.set-destination-mode',
        actor: JSON.parse(ACTOR),
        outcome: 'success',
        target: { kind: 'organization', id: organization.id, name: organization.slug },
        detail: { mode: 'observe' },
      },
    ]),
  );
  const { secret, run } = await runUnapproved();
  assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
  const text = await mails.mailTo(addressOf('admin'), 'A destination waits for you');
  assert.match(text, new RegExp(`A use of the component “[^”]+”, for Ada Example, has sent ${secret} to\n`));
  assert.match(text, /Your organization only observes destinations, so it was not stopped\./);
});

test('the mails of a saved component and of a request for a secret say who, what, and where to answer', async () => {
  await ask('destination-requested', {
    by: 'Grace',
    component: 'Archive',
    occasion: 'saved',
    secret: 'K',
    destination: 'https://a.example:443',
  });
  const saved = await mails.mailTo(addressOf('owner'), 'A destination waits');
  assert.ok(saved.includes('Grace has saved the component “Archive”, which sends K to\nhttps a[.]example:443. Nobody has approved'), saved);
  const replaced = { name: 'The owner', by: 'Grace', component: 'Archive', occasion: 'replaced', secret: 'K', slug: organization.slug };
  const elsewhere = { ...replaced, organization: 'Elsewhere', destination: 'https://b.example:443' };
  await sendTo(addressOf('owner'), 'destination-requested', elsewhere);
  const put = await mails.mailTo(addressOf('owner'), 'A destination waits for you in Elsewhere');
  assert.ok(
    put.includes('Grace has put K in the place of another secret, and the component “Archive” sends it to\nhttps b[.]example:443.'),
    put,
  );
  await ask('secret-requested', { by: 'Grace', secret: 'AZURE_SAS', project: 'Invoices' });
  for (const role of ['owner', 'admin'] as const) {
    const text = await mails.mailTo(addressOf(role), `A request for a secret waits for you in ${organization.slug}`);
    assert.ok(text.startsWith(`Hello The ${role},\n\nGrace has asked for a secret called AZURE_SAS, for the project “Invoices”.\n`), text);
    assert.ok(text.includes(`\n${CONSOLE}/organizations/${organization.slug}/secret-requests?state=waiting\n`), text);
  }
  assert.deepEqual(await mailed('secret-requested'), [addressOf('admin'), addressOf('owner')]);
});

test('the seventh mail of an hour is sent when six an hour allow it, and says how much it stands for', async () => {
  const destination = (host: string) => ({
    by: 'Grace',
    component: 'Archive',
    occasion: 'saved',
    secret: 'K',
    destination: `https://${host}.example:443`,
  });
  await Promise.all(Array.from({ length: 9 }, (_, index) => ask('destination-requested', destination(`host${index}`), 3)));
  const rows = () =>
    instance.owner
      .selectFrom('account_mail')
      .select(['id', 'due_at', 'sent_at', 'detail'])
      .where('recipient', '=', addressOf('owner'))
      .orderBy('due_at')
      .execute();
  const made = await rows();
  const last = made.at(-1);
  assert.equal(made.length, 7, 'also of those that are asked for at once');
  assert.ok(last && last.due_at.getTime() === (made[0]?.due_at.getTime() ?? 0) + 3_600_000);
  await eventually('six mails', async () => (await rows()).filter(({ sent_at }) => sent_at !== null).length === 6);
  const { rows: jobs } = await sql<{ startAfter: Date }>`
    select start_after as "startAfter" from queue.job where name = 'account-mail' and data ->> 'mailId' = ${last.id}`.execute(
    instance.owner,
  );
  assert.deepEqual(jobs, [{ startAfter: last.due_at }]);
  await sql`update queue.job set start_after = now() where data ->> 'mailId' = ${last.id}`.execute(instance.owner);
  const text = await eventually('the seventh', async () =>
    mails.received.map(({ mail }) => mail.text ?? '').find((text) => text.includes('kept until now')),
  );
  assert.match(text, /so this one was kept until now; 8 others were asked for meanwhile\.\n/);
  assert.ok(text.includes(`\n${CONSOLE}/organizations/${organization.slug}/audit\n`), text);
});

test('a mail that lay for a while goes to nobody who is no admin any more, or has another address', async () => {
  const later = async (role: 'owner' | 'admin') => {
    const mail = { id: uuidv7(), kind: 'secret-requested' as const, link_id: null, recipient: addressOf(role), console_url: CONSOLE };
    const detail = JSON.stringify({
      name: role,
      organization: 'Acme',
      slug: organization.slug,
      by: 'Grace',
      secret: `FOR_${role}`,
      project: 'P',
    });
    await instance.owner
      .insertInto('account_mail')
      .values({ ...mail, detail, sent_at: null, failure: null })
      .execute();
    return mail.id;
  };
  const send = (mailId: string) => transaction(instance.control, (tx) => instance.queue.send(tx, 'account-mail', { mailId }));
  const [toOwner, toAdmin] = [await later('owner'), await later('admin')];
  const member = sql`"organizationId" = ${organization.id}::uuid and "userId" = (select id from auth."user" where email = ${addressOf('admin')})`;
  await sql`update auth.member set role = 'viewer' where ${member}`.execute(instance.owner);
  await send(toAdmin);
  await send(toOwner);
  await eventually('the mail to the owner', () => mails.received.some(({ mail }) => mail.text?.includes('FOR_owner')));
  await eventually('the end of the other job', async () => {
    const { rows } = await sql`select from queue.job where data ->> 'mailId' = ${toAdmin} and state = 'completed'`.execute(instance.owner);
    return rows.length === 1;
  });
  assert.ok(!mails.received.some(({ mail }) => mail.text?.includes('FOR_admin')));
  await sql`update auth.member set role = 'admin' where ${member}`.execute(instance.owner);
  await sql`update auth."user" set email = ${`new-${addressOf('admin')}`} where email = ${addressOf('admin')}`.execute(instance.owner);
  const toFormer = await later('admin');
  await send(toFormer);
  await eventually('the end of its job', async () => {
    const { rows } = await sql`select from queue.job where data ->> 'mailId' = ${toFormer} and state = 'completed'`.execute(instance.owner);
    return rows.length === 1;
  });
  assert.ok(!mails.received.some(({ mail }) => mail.text?.includes('FOR_admin')));
});

test('who asked for a secret is mailed the answer, with the whole reason, and no link but that of the console', async () => {
  const asked = { name: 'Grace', by: 'Ada', organization: 'Acme', slug: organization.slug, asked: 'AZURE_SAS' };
  await sendTo('grace@example.com', 'secret-request-decided', { ...asked, secret: 'AZURE_ARCHIVE', reason: '' });
  const fulfilled = await mails.mailTo('grace@example.com', 'Your request for the secret AZURE_SAS was fulfilled');
  assert.ok(fulfilled.includes('Ada has fulfilled your request in “Acme”: choose the secret AZURE_ARCHIVE in your component.'), fulfilled);
  const reason = `Use the one of https://evil.example, ${'which is long, '.repeat(20)}as agreed.`;
  await sendTo('grace@example.com', 'secret-request-decided', { ...asked, secret: '', reason });
  const declined = await mails.mailTo('grace@example.com', 'Your request for the secret AZURE_SAS was declined');
  assert.match(
    declined,
    /Ada has declined your request for the secret AZURE_SAS in “Acme”\.\n\nThe reason: “Use the one of https evil example, .*as agreed\.”\n/,
  );
  assert.deepEqual(
    declined.split(/\s+/).filter((word) => word.includes('://')),
    [`${CONSOLE}/organizations/${organization.slug}/secret-requests`],
  );
});

test('a plane has mails of these two kinds alone written by that function, and the data plane reads no account', async () => {
  await using data = instance.connectAs('data');
  await assert.rejects(sql`select mail_owners_and_admins(${organization.id}, 'reset', '{}')`.execute(data), { code: '42501' });
  await assert.rejects(sql`select from auth."user"`.execute(data), { code: '42501' });
  await assert.rejects(sql`select from auth.member`.execute(data), { code: '42501' });
});

test('while no mail is set up, nothing is written', async () => {
  await instance.owner.deleteFrom('mail_sender').execute();
  try {
    await runUnapproved();
    assert.deepEqual(await mailed('destination-requested'), []);
  } finally {
    await instance.owner.insertInto('mail_sender').values({ sender: 's@example.com' }).execute();
  }
});
