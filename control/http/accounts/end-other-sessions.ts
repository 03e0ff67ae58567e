import { endOtherSessions } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, requireSession } from '@holdfast/endpoints';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { endSessionsOf } from '../../accounts/users.ts';
import { implement } from '../implement.ts';

export const endOtherSessionsHandler = implement(endOtherSessions, async ({ caller, origin }, { db }) => {
  const own = requireSession(caller);
  const sessionsEnded = await transaction(db, async (tx) => {
    const ended = await endSessionsOf(tx, caller.user.id, own);
    if (ended === 0) return 0;
    await recordInEachOrganization(tx, caller.user.id, actorOf(caller), origin, {
      action: 'session.revoke',
      target: { kind: 'member', id: caller.user.id, name: caller.user.name },
      detail: { sessionsEnded: ended },
    });
    return ended;
  });
  return { status: 200, body: { sessionsEnded } };
});
