import { endSession, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, requireSession } from '@holdfast/endpoints';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { implement } from '../implement.ts';

export const endSessionHandler = implement(endSession, async ({ caller, origin, params }, { db }) => {
  requireSession(caller);
  await transaction(db, async (tx) => {
    const ended = await tx
      .deleteFrom('auth.session')
      .where('id', '=', params.session)
      .where('userId', '=', caller.user.id)
      .returning('ipAddress')
      .executeTakeFirst();
    if (ended === undefined) throw new HoldfastError('not_found', 'You have no such session.');
    await recordInEachOrganization(tx, caller.user.id, actorOf(caller), origin, {
      action: 'session.revoke',
      target: { kind: 'member', id: caller.user.id, name: caller.user.name },
      detail: { sessionsEnded: 1, ...(ended.ipAddress === null ? {} : { address: ended.ipAddress }) },
    });
  });
  return { status: 204 };
});
