import type { Database, Queue } from '@holdfast/db/data';
import type { Logger } from '@holdfast/service';
import type { Kysely } from 'kysely';
import { dialSocket } from '../egress/dial-socket.ts';
import type { Resolve } from '../egress/dialer.ts';
import { sendAccountMail } from './account-mail.ts';
import { announceMail, sendInvitationMail } from './invitation-mail.ts';
import { createMailer } from './mailer.ts';
import type { SmtpSettings } from './smtp-settings.ts';

const MAILS_AT_ONCE = 2;

/**
 * Says whether this instance sends mail and, when it does, takes mails from the queue. The operator's own
 * mail server may have any address: the setting that names it allows it, and no other.
 *
 * @param authorities see {@link createMailer}.
 */
export async function startMail(
  { db, queue, logger, resolve }: { db: Kysely<Database>; queue: Queue; logger: Logger; resolve: Resolve },
  smtp: SmtpSettings | undefined,
  authorities?: string,
): Promise<void> {
  await announceMail(db, smtp?.sender);
  if (smtp === undefined) return;
  if (smtp.password !== undefined) logger.protect(smtp.password);
  const allowed = { allows: (host: string, port: number) => host === smtp.host && port === smtp.port };
  const mailer = createMailer(smtp, (host, port) => dialSocket(host, port, allowed, resolve), authorities);
  const dependencies = { db, mailer, logger };
  await queue.work('invitation-mail', { concurrency: MAILS_AT_ONCE }, (job) => sendInvitationMail(dependencies, job));
  await queue.work('account-mail', { concurrency: MAILS_AT_ONCE }, (job) => sendAccountMail(dependencies, job));
}
