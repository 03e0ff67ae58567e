import type { AccountMailKind, Database, Queue, Tx } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import type { Kysely } from 'kysely';

export interface AccountMailToSend {
  readonly kind: AccountMailKind;
  readonly recipient: string;
  /** Of which the mail holds the link. */
  readonly linkId?: string;
  /** What the mail says beside its fixed words. */
  readonly detail: Readonly<Record<string, string>>;
  readonly consoleUrl: string;
}

/** Whether the data plane has said that it sends mail. */
export async function canSendMail(db: Kysely<Database>): Promise<boolean> {
  return (await db.selectFrom('mail_sender').select('sender').executeTakeFirst()) !== undefined;
}

/**
 * Asks the data plane for a mail, in the transaction of what it is about. Does nothing when no mail is set
 * up.
 */
export async function queueAccountMail(tx: Tx, queue: Queue, mail: AccountMailToSend): Promise<void> {
  if (!(await canSendMail(tx))) return;
  const id = uuidv7();
  await tx
    .insertInto('account_mail')
    .values({
      id,
      kind: mail.kind,
      link_id: mail.linkId ?? null,
      recipient: mail.recipient,
      detail: JSON.stringify(mail.detail),
      console_url: mail.consoleUrl,
      sent_at: null,
      failure: null,
    })
    .execute();
  await queue.send(tx, 'account-mail', { mailId: id });
}
