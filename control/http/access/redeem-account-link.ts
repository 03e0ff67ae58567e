import { HoldfastError, redeemAccountLink } from '@holdfast/api';
import { type Tx, transaction } from '@holdfast/db';
import { findAccountLink } from '../../access/account-links.ts';
import { actorOf } from '../../access/caller.ts';
import { deviceIn, rememberDevice } from '../../access/known-device.ts';
import { recordInEachOrganization } from '../../access/session-record.ts';
import { hashNewPassword, insertUser, setPassword } from '../../access/users.ts';
import { implement } from '../endpoint-handler.ts';
import { invalid } from '../request-shape.ts';

export const redeemAccountLinkHandler = implement(redeemAccountLink, async ({ body, origin, reply, request }, { clock, db, settings }) => {
  const { token, name, password } = body;
  const link = await findAccountLink(db, token);
  if (link.action === 'sign-in') {
    throw new HoldfastError('name_taken', `${link.email} has an account already.`, { remedy: `Sign in as ${link.email}.` });
  }
  if (link.account === undefined && name === undefined) throw invalid([{ field: 'name', detail: 'Say your name.' }]);
  const passwordHash = await hashNewPassword(password);
  const { publicUrl } = settings;
  const device = deviceIn(request.headers.cookie, publicUrl);
  const deviceCookie = await transaction(db, async (tx) => {
    await takeLink(tx, link);
    if (link.account === undefined) {
      // What the address is invited to shows as soon as the account is signed in.
      const made = await insertUser(tx, { name: name ?? '', email: link.email, passwordHash });
      return await rememberDevice(tx, { userId: made, device, clock, publicUrl });
    }
    const { id: userId } = link.account;
    await setPassword(tx, userId, passwordHash);
    // Who had the old password, or sits at a device that somebody else signed in on, is out.
    await tx.deleteFrom('auth.session').where('userId', '=', userId).execute();
    await tx.deleteFrom('known_device').where('user_id', '=', userId).execute();
    const target = { kind: 'member', id: userId, name: link.account.name };
    await recordInEachOrganization(tx, userId, actorOf({ userId, name: link.account.name }), origin, { action: 'account.reset', target });
    // What others have tried does not keep its owner out now.
    return await rememberDevice(tx, { userId, device, clock, publicUrl });
  });
  reply.header('set-cookie', deviceCookie);
  return { status: 200, body: { email: link.email } };
});

/** It works once, also when it is used twice at the same moment; other operator's links for the address end with it. */
async function takeLink(tx: Tx, link: { readonly id: string; readonly email: string }): Promise<void> {
  const taken = await tx.deleteFrom('account_link').where('id', '=', link.id).executeTakeFirst();
  if (taken.numDeletedRows !== 1n) throw new HoldfastError('account_link_invalid');
  await tx.deleteFrom('account_link').where('email', '=', link.email).where('invitation_id', 'is', null).execute();
}
