import { listSessions } from '@holdfast/api';
import { LATEST_TIME } from '@holdfast/db/control';
import { sessionOf } from '../../accounts/caller.ts';
import { implement } from '../endpoint-handler.ts';

export const listSessionsHandler = implement(listSessions, async ({ caller }, { db }) => {
  const own = sessionOf(caller);
  const sessions = await db
    .selectFrom('auth.session')
    .select(['id', 'createdAt', 'lastSeenAt', 'expiresAt', 'ipAddress', 'userAgent'])
    .where('userId', '=', caller.userId)
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
