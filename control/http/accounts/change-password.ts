import { changePassword } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, invalid, requireSession } from '@holdfast/endpoints';
import { endAccountLinks } from '../../accounts/account-links.ts';
import { queueAccountMail } from '../../accounts/account-mail.ts';
import { requireCurrentPassword } from '../../accounts/current-password.ts';
import { deviceIn, rememberDevice } from '../../accounts/known-device.ts';
import { requireUnchangedPassword } from '../../accounts/password.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { endSessionsOf, hashNewPassword, setPassword } from '../../accounts/users.ts';
import { implement } from '../implement.ts';

export const changePasswordHandler = implement(changePassword, async ({ body, caller, origin, reply, request }, control) => {
  const { clock, db, queue, settings } = control;
  const { id: userId } = caller.user;
  const session = requireSession(caller);
  const { publicUrl } = settings;
  const device = deviceIn(request.headers.cookie, publicUrl);
  const { currentPassword, newPassword } = body;
  const checked = await requireCurrentPassword(control, {
    caller,
    origin,
    device,
    password: currentPassword,
    action: 'account.change-password',
  });
  if (newPassword === currentPassword) throw invalid([{ field: 'newPassword', detail: 'It is the current one. Choose another.' }]);
  const passwordHash = await hashNewPassword(newPassword);
  const changed = await transaction(db, async (tx) => {
    await requireUnchangedPassword(tx, userId, checked);
    await setPassword(tx, userId, passwordHash);
    const sessionsEnded = await endSessionsOf(tx, userId, session);
    await tx.deleteFrom('known_device').where('user_id', '=', userId).execute();
    await endAccountLinks(tx, { id: userId, email: caller.user.email });
    const deviceCookie = await rememberDevice(tx, { userId, device, origin, clock, publicUrl });
    await queueAccountMail(tx, queue, {
      kind: 'password-changed',
      recipient: caller.user.email,
      detail: { name: caller.user.name, from: origin.ip, at: (await clock.now()).toISOString() },
      consoleUrl: publicUrl,
    });
    const target = { kind: 'member', id: userId, name: caller.user.name };
    await recordInEachOrganization(tx, userId, actorOf(caller), origin, {
      action: 'account.change-password',
      target,
      detail: { sessionsEnded },
    });
    return { sessionsEnded, deviceCookie };
  });
  reply.header('set-cookie', changed.deviceCookie);
  return { status: 200, body: { sessionsEnded: changed.sessionsEnded } };
});
