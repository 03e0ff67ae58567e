import { HoldfastError, redeemAccountLink } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { invalid, memberActor } from '@holdfast/endpoints';
import { endAccountLinks, findAccountLink, takeAccountLink } from '../../accounts/account-links.ts';
import { queueAccountMail } from '../../accounts/account-mail.ts';
import { deviceIn, rememberDevice } from '../../accounts/known-device.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { endSessionsOf, hashNewPassword, insertUser, markProved, setPassword } from '../../accounts/users.ts';
import { implement } from '../implement.ts';

export const redeemAccountLinkHandler = implement(redeemAccountLink, async ({ body, origin, reply, request }, control) => {
  const { clock, db, queue, settings } = control;
  const { token, name, password } = body;
  const link = await findAccountLink(db, token);
  if (link.action === 'change-email') throw new HoldfastError('account_link_invalid');
  if (link.action === 'sign-in') {
    throw new HoldfastError('name_taken', `${link.email} has an account already.`, { remedy: `Sign in as ${link.email}.` });
  }
  if (link.account === undefined && name === undefined) throw invalid([{ field: 'name', detail: 'Say your name.' }]);
  const passwordHash = await hashNewPassword(password);
  const { publicUrl } = settings;
  const device = deviceIn(request.headers.cookie, publicUrl);
  const deviceCookie = await transaction(db, async (tx) => {
    await takeAccountLink(tx, link);
    if (link.account === undefined) {
      // What the address is invited to shows as soon as the account is signed in.
      const made = await insertUser(tx, { name: name ?? '', email: link.email, passwordHash });
      await endAccountLinks(tx, { id: made, email: link.email });
      return await rememberDevice(tx, { userId: made, device, origin, clock, publicUrl });
    }
    const { id: userId, name: accountName } = link.account;
    await setPassword(tx, userId, passwordHash);
    await markProved(tx, userId);
    // Who had the old password, or sits at a device that somebody else signed in on, is out.
    await endSessionsOf(tx, userId);
    await tx.deleteFrom('known_device').where('user_id', '=', userId).execute();
    await endAccountLinks(tx, link.account);
    await queueAccountMail(tx, queue, {
      kind: 'password-changed',
      recipient: link.account.email,
      detail: { name: accountName, from: origin.ip, at: (await clock.now()).toISOString() },
      consoleUrl: publicUrl,
    });
    const target = { kind: 'member', id: userId, name: accountName };
    await recordInEachOrganization(tx, userId, memberActor({ id: userId, name: accountName }), origin, { action: 'account.reset', target });
    // What others have tried does not keep its owner out now.
    return await rememberDevice(tx, { userId, device, origin, clock, publicUrl });
  });
  reply.header('set-cookie', deviceCookie);
  return { status: 200, body: { email: link.email } };
});
