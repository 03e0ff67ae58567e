import { HoldfastError, requestEmailChange } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { invalid, requireSession } from '@holdfast/endpoints';
import { insertMailedLink } from '../../accounts/account-links.ts';
import { canSendMail, queueAccountMail } from '../../accounts/account-mail.ts';
import { requireCurrentPassword } from '../../accounts/current-password.ts';
import { deviceIn } from '../../accounts/known-device.ts';
import { requireUnchangedPassword } from '../../accounts/password.ts';
import { implement } from '../implement.ts';

const LINK_HOURS = 24;

/**
 * Says the same whether another account has the address: only the person who reads its mail learns that, from
 * the link.
 */
export const requestEmailChangeHandler = implement(requestEmailChange, async ({ body, caller, origin, request }, control) => {
  const { clock, db, queue, settings } = control;
  requireSession(caller);
  const email = body.email.toLowerCase();
  if (email === caller.user.email) throw invalid([{ field: 'email', detail: 'It is your address already.' }]);
  if (!(await canSendMail(db))) {
    throw new HoldfastError('mail_not_set_up', 'A new address is proved by a mail that is sent to it, and this Holdfast sends none.', {
      remedy: `Ask the operator, who changes it on the machine of Holdfast: holdfast account change-email ${caller.user.email} ${email}`,
    });
  }
  const device = deviceIn(request.headers.cookie, settings.publicUrl);
  const checked = await requireCurrentPassword(control, {
    caller,
    origin,
    device,
    password: body.currentPassword,
    action: 'account.change-email',
  });
  await control.mailLimit.count({ kind: 'email-change', account: caller.user.id, address: origin.ip });
  const now = await clock.now();
  const expiresAt = new Date(now.getTime() + LINK_HOURS * 3_600_000);
  await transaction(db, async (tx) => {
    await requireUnchangedPassword(tx, caller.user.id, checked);
    // One at a time: the link that was mailed before is over.
    await tx.deleteFrom('account_link').where('purpose', '=', 'email').where('user_id', '=', caller.user.id).execute();
    const linkId = await insertMailedLink(tx, { purpose: 'email', email, userId: caller.user.id, expiresAt });
    const mail = { detail: { name: caller.user.name, email, from: origin.ip, at: now.toISOString() }, consoleUrl: settings.publicUrl };
    await queueAccountMail(tx, queue, { ...mail, kind: 'email-proof', recipient: email, linkId });
    await queueAccountMail(tx, queue, { ...mail, kind: 'email-asked', recipient: caller.user.email });
  });
  return { status: 202, body: { email, expiresAt: expiresAt.toISOString() } };
});
