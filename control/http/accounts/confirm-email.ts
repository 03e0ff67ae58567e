import { confirmEmail, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { memberActor } from '@holdfast/endpoints';
import { endAccountLinks, findAccountLink, takeAccountLink } from '../../accounts/account-links.ts';
import { queueAccountMail } from '../../accounts/account-mail.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { changeEmail } from '../../accounts/users.ts';
import { implement } from '../implement.ts';

export const confirmEmailHandler = implement(confirmEmail, async ({ body, origin }, { clock, db, queue, settings }) => {
  const link = await findAccountLink(db, body.token);
  const { account, email } = link;
  if (link.action !== 'change-email' || account === undefined) throw new HoldfastError('account_link_invalid');
  await transaction(db, async (tx) => {
    await takeAccountLink(tx, link);
    await changeEmail(tx, account.id, email);
    // What was sent to the old address opens nothing any more.
    await endAccountLinks(tx, account);
    await queueAccountMail(tx, queue, {
      kind: 'email-changed',
      recipient: account.email,
      detail: { name: account.name, email, from: origin.ip, at: (await clock.now()).toISOString() },
      consoleUrl: settings.publicUrl,
    });
    const actor = memberActor({ id: account.id, name: account.name });
    await recordInEachOrganization(tx, account.id, actor, origin, {
      action: 'account.change-email',
      target: { kind: 'member', id: account.id, name: account.name },
      detail: { from: account.email, to: email },
    });
  });
  return { status: 200, body: { email } };
});
