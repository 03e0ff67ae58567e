import { endSession, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, sessionOf } from '../../accounts/caller.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { implement } from '../endpoint-handler.ts';

export const endSessionHandler = implement(endSession, async ({ caller, origin, params }, { db }) => {
  sessionOf(caller);
  await transaction(db, async (tx) => {
    const ended = await tx
      .deleteFrom('auth.session')
      .where('id', '=', params.session)
      .where('userId', '=', caller.userId)
      .returning('ipAddress')
      .executeTakeFirst();
    if (ended === undefined) throw new HoldfastError('not_found', 'You have no such session.');
    await recordInEachOrganization(tx, caller.userId, actorOf(caller), origin, {
      action: 'session.revoke',
      target: { kind: 'member', id: caller.userId, name: caller.name },
      detail: { sessionsEnded: 1, ...(ended.ipAddress === null ? {} : { address: ended.ipAddress }) },
    });
  });
  return { status: 204 };
});
