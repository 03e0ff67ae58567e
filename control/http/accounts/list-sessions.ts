import { listSessions } from '@holdfast/api';
import { LATEST_TIME } from '@holdfast/db/control';
import { requireSession } from '@holdfast/endpoints';
import { implement } from '../implement.ts';

export const listSessionsHandler = implement(listSessions, async ({ caller }, { db }) => {
  const own = requireSession(caller);
  const sessions = await db
    .selectFrom('auth.session')
    .select(['id', 'createdAt', 'lastSeenAt', 'expiresAt', 'ipAddress', 'userAgent'])
    .where('userId', '=', caller.user.id)
    .where('expiresAt', '>', LATEST_TIME)
    .orderBy('lastSeenAt', 'desc')
    .orderBy('id')
    .execute();
  const items = sessions.map((session) => ({
    id: session.id,
    current: session.id === own,
    createdAt: session.createdAt.toISOString(),
    lastSeenAt: session.lastSeenAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    address: session.ipAddress,
    userAgent: session.userAgent,
  }));
  return { status: 200, body: { items } };
});
