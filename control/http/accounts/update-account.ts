import { updateAccount } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, requireSession } from '@holdfast/endpoints';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { implement } from '../implement.ts';

export const updateAccountHandler = implement(updateAccount, async ({ body, caller, origin }, { db }) => {
  requireSession(caller);
  if (body.name === caller.user.name) return { status: 204 };
  await transaction(db, async (tx) => {
    await tx.updateTable('auth.user').set({ name: body.name, updatedAt: new Date() }).where('id', '=', caller.user.id).execute();
    const target = { kind: 'member', id: caller.user.id, name: body.name };
    const detail = { from: caller.user.name, to: body.name };
    await recordInEachOrganization(tx, caller.user.id, actorOf(caller), origin, { action: 'account.rename', target, detail });
  });
  return { status: 204 };
});
