import assert from 'node:assert/strict';
import pg from 'pg';
import { type Account, apiOf, signIn } from '../../harness/account.ts';
import { eventually } from '../../harness/eventually.ts';
import type { Instance } from '../../harness/instance.ts';
import type { MailServer } from '../../harness/mail-server.ts';
import { addMember } from '../../harness/members.ts';

interface Place {
  readonly instance: Instance;
  readonly account: Account;
  readonly mails: MailServer;
  readonly project: string;
  /** Of the database's owner. */
  readonly databaseUrl: string;
  /** The password that a person takes. */
  readonly password: string;
  /** Of a component whose values wait for the approval of where they go. */
  readonly unapproved: { readonly type: string; readonly configuration: object };
}

/**
 * Does what Holdfast sends a mail about, for each kind of mail that the database knows: a kind that comes in
 * later and is not caused here fails by its name.
 */
export async function causeEveryMail({ instance, account, mails, project, databaseUrl, password, unapproved }: Place): Promise<void> {
  const url = instance.controlUrl;
  await using sending = await mailsIn(databaseUrl);
  const invited = await addMember(instance, account, instance.temporary, 'Grace Hopper', 'editor');
  const editor = await signIn(url, invited);
  await editor.call('POST', account.at(`/projects/${project}/components`), { name: 'Asks', sealedOptions: {}, ...unapproved });
  const { id: request } = await editor.call<{ id: string }>('POST', account.at(`/projects/${project}/secret-requests`), {
    name: 'WISHED',
    componentType: 'openai-model',
    option: 'apiKey',
    note: 'For the invoices of March.',
  });
  await account.call('POST', account.at(`/secret-requests/${request}`), { decision: 'decline', reason: 'Take the one of April.' });

  await apiOf(url).call('POST', '/api/account/password-reset', { email: invited.email });
  const token = tokenIn(await mails.mailTo(invited.email, 'Set a new password'));
  // A mail is forgotten with its link.
  await sending.untilSent('reset');
  await apiOf(url).call('POST', '/api/account-links/use', { token, password });
  const again = await signIn(url, { email: invited.email, password });
  const email = 'rear-admiral@example.com';
  await again.call('POST', '/api/account/email', { email, currentPassword: password });
  const proof = tokenIn(await mails.mailTo(email, 'Confirm your new address'));
  await sending.untilSent('email-proof');
  await apiOf(url).call('POST', '/api/account-links/confirm-email', { token: proof });

  const owner = await signIn(url, account);
  await owner.call('POST', account.at('/deletion'), { confirm: account.organization.name });
  await owner.call('DELETE', account.at('/deletion'));
  for (const { answers } of [editor, again, owner]) account.answers.push(...answers);
  await sending.untilAllAreSent();
  await mails.mailTo(invited.email, 'invites you');
}

const tokenIn = (mail: string) => /account-link#(\S+)/.exec(mail)?.[1] ?? assert.fail('The mail has no link.');

interface Sending extends AsyncDisposable {
  untilSent(kind: string): Promise<void>;
  /** Every kind that the database knows, those that were waited for before among them. */
  untilAllAreSent(): Promise<void>;
}

async function mailsIn(databaseUrl: string): Promise<Sending> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const sent = new Set<string>();
  const untilSent = async (kind: string) => {
    await eventually(`a mail of the kind ${kind}, which tests/security/canary/every-mail.ts causes`, async () => {
      const { rowCount } = await client.query('select from holdfast.account_mail where kind = $1 and sent_at is not null', [kind]);
      return rowCount !== 0;
    });
    sent.add(kind);
  };
  return {
    untilSent,
    async untilAllAreSent() {
      const { rows } = await client.query<{ kind: string }>(`
        select distinct kind[1] from pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([a-z-]+)''', 'g') as kind
        where conrelid = 'holdfast.account_mail'::regclass and pg_get_constraintdef(oid) like '%kind%'`);
      assert.ok(rows.length > 5, 'The kinds of mails are known.');
      for (const { kind } of rows) if (!sent.has(kind)) await untilSent(kind);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
