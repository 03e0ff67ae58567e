import { type Database, LATEST_TIME } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import { shownName } from './mail-words.ts';
import { MailError, type Mailer } from './mailer.ts';
import { makeLinkToken } from './make-link-token.ts';

export interface MailDependencies {
  readonly db: Kysely<Database>;
  readonly mailer: Mailer;
  readonly logger: Logger;
}

/**
 * Says in the database that this instance sends mail, or that it does not: the control plane has no other
 * word of it.
 */
export async function announceMail(db: Kysely<Database>, sender: string | undefined): Promise<void> {
  if (sender === undefined) {
    await db.deleteFrom('mail_sender').execute();
    return;
  }
  await db
    .insertInto('mail_sender')
    .values({ sender })
    .onConflict((conflict) => conflict.column('singleton').doUpdateSet({ sender }))
    .execute();
}

/**
 * Sends the mail of an invitation. An attempt that failed is repeated with a new token in its link. Nothing
 * happens when the invitation is gone or was sent already.
 *
 * @throws MailError when it is to be tried again.
 */
export async function sendInvitationMail(
  { db, mailer, logger }: MailDependencies,
  job: { readonly organizationId: string; readonly invitationId: string },
): Promise<void> {
  const mail = await db
    .selectFrom('invitation_mail')
    .selectAll()
    .where('organization_id', '=', job.organizationId)
    .where('invitation_id', '=', job.invitationId)
    .where('sent_at', 'is', null)
    .where('created_at', '>', sql<Date>`${LATEST_TIME} - interval '7 days'`)
    .executeTakeFirst();
  if (mail === undefined) return;
  const token = await makeLinkToken(db, mail.link_id);
  if (token === undefined) return;
  const ended = (set: { sent_at?: Date; failure: string | null }) =>
    db
      .updateTable('invitation_mail')
      .set(set)
      .where('organization_id', '=', job.organizationId)
      .where('invitation_id', '=', job.invitationId)
      .execute();
  const release = logger.protect(token);
  try {
    await mailer.send({ to: mail.recipient, ...words(mail, `${mail.console_url}/account-link#${token}`) });
    await ended({ sent_at: new Date(), failure: null });
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    await ended({ failure: error.message });
    logEvent(logger, 'invitation_mail.not_sent', { error });
    if (error.retryable) throw error;
  } finally {
    release();
  }
}

function words(mail: { inviter_name: string; organization_name: string; role: string }, link: string): { subject: string; text: string } {
  const [inviter, organization] = [shownName(mail.inviter_name), shownName(mail.organization_name)];
  return {
    subject: `${inviter} invites you to ${organization}`,
    text: [
      `${inviter} invites you to the organization “${organization}” on Holdfast, as ${mail.role}.`,
      '',
      'To make your account, or to sign in if you have one, open this link:',
      '',
      link,
      '',
      'It is for you alone: anybody who has it can make an account with your address. It ends in 7 days, or when it was used.',
      'If you do not expect this, ignore it: nothing happens without you.',
      '',
    ].join('\n'),
  };
}
