import { updateAccount } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, sessionOf } from '../../accounts/caller.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { implement } from '../endpoint-handler.ts';

export const updateAccountHandler = implement(updateAccount, async ({ body, caller, origin }, { db }) => {
  sessionOf(caller);
  if (body.name === caller.name) return { status: 204 };
  await transaction(db, async (tx) => {
    await tx.updateTable('auth.user').set({ name: body.name, updatedAt: new Date() }).where('id', '=', caller.userId).execute();
    const target = { kind: 'member', id: caller.userId, name: body.name };
    const detail = { from: caller.name, to: body.name };
    await recordInEachOrganization(tx, caller.userId, actorOf(caller), origin, { action: 'account.rename', target, detail });
  });
  return { status: 204 };
});
