import { endOtherSessions } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, sessionOf } from '../../accounts/caller.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { endSessionsOf } from '../../accounts/users.ts';
import { implement } from '../endpoint-handler.ts';

export const endOtherSessionsHandler = implement(endOtherSessions, async ({ caller, origin }, { db }) => {
  const own = sessionOf(caller);
  const sessionsEnded = await transaction(db, async (tx) => {
    const ended = await endSessionsOf(tx, caller.userId, own);
    if (ended === 0) return 0;
    await recordInEachOrganization(tx, caller.userId, actorOf(caller), origin, {
      action: 'session.revoke',
      target: { kind: 'member', id: caller.userId, name: caller.name },
      detail: { sessionsEnded: ended },
    });
    return ended;
  });
  return { status: 200, body: { sessionsEnded } };
});
