import { HoldfastError, requestPasswordReset } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import type { RequestOrigin } from '@holdfast/endpoints';
import { logEvent } from '@holdfast/service';
import { insertMailedLink } from '../../accounts/account-links.ts';
import { canSendMail, queueAccountMail } from '../../accounts/account-mail.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import type { Control } from '../../control.ts';
import { implement } from '../implement.ts';

const LINK_MINUTES = 30;

/**
 * Whether the address has an account is looked up after the answer, so that neither it nor the time that it
 * takes tells.
 */
export const requestPasswordResetHandler = implement(requestPasswordReset, async ({ body, origin, reply }, control) => {
  const email = body.email.toLowerCase();
  if (!(await canSendMail(control.db))) {
    throw new HoldfastError('mail_not_set_up', 'No link for a new password can be mailed.', {
      remedy: `Ask the operator, who makes a one-time link on the machine of Holdfast: holdfast account reset ${email}`,
    });
  }
  await control.mailLimit.count({ kind: 'reset', account: email, address: origin.ip });
  reply.raw.once('finish', () => control.inBackground(mailReset(control, email, origin)));
  return { status: 202, body: { minutes: LINK_MINUTES } };
});

async function mailReset(control: Control, email: string, origin: RequestOrigin): Promise<void> {
  const { clock, db, queue, settings } = control;
  try {
    await transaction(db, async (tx) => {
      const user = await tx.selectFrom('auth.user').select(['id', 'name']).where('email', '=', email).executeTakeFirst();
      if (user === undefined) return;
      const now = await clock.now();
      const expiresAt = new Date(now.getTime() + LINK_MINUTES * 60_000);
      const linkId = await insertMailedLink(tx, { purpose: 'reset', email, userId: user.id, expiresAt });
      await queueAccountMail(tx, queue, {
        kind: 'reset',
        recipient: email,
        linkId,
        detail: { name: user.name, from: origin.ip, at: now.toISOString() },
        consoleUrl: settings.publicUrl,
      });
      const nobody = { kind: 'anonymous', id: null, name: 'not signed in' } as const;
      const target = { kind: 'member', id: user.id, name: user.name };
      await recordInEachOrganization(tx, user.id, nobody, origin, { action: 'account.reset-asked', target });
    });
  } catch (error) {
    logEvent(control.logger, 'password_reset.failed', { error });
  }
}
