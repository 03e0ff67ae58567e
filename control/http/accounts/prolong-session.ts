import { HoldfastError } from '@holdfast/api';
import { originOf, requireSameOrigin } from '@holdfast/endpoints';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { authenticateSession } from '../../accounts/authenticate.ts';
import { userAgentKept } from '../../audit/record.ts';
import type { Control } from '../../control.ts';

/**
 * `POST /api/auth/prolong-session`: gives the session of the cookie its full time again, at most once a day.
 * The console asks for it when it is opened and used: no GET does, so that a link from elsewhere keeps nobody
 * signed in. It is also when the session was last seen.
 */
export async function prolongSession(control: Control, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { accounts, db, settings } = control;
  requireSameOrigin(request, settings.publicUrl);
  const { cookie } = request.headers;
  const caller = cookie === undefined ? undefined : await authenticateSession(control, cookie);
  if (cookie === undefined || caller === undefined) throw new HoldfastError('unauthenticated');
  const answer = await accounts.handler(
    new Request(`${settings.publicUrl}/api/auth/get-session`, { method: 'POST', headers: { cookie, origin: settings.publicUrl } }),
  );
  if (answer.status >= 500) throw new HoldfastError('unavailable', 'The session could not be looked up.');
  if (!answer.ok || (await answer.json()) === null) throw new HoldfastError('unauthenticated');
  const origin = originOf(request);
  await db
    .updateTable('auth.session')
    .set({ lastSeenAt: sql`now()`, ipAddress: origin.ip, userAgent: userAgentKept(origin) ?? null })
    .where('id', '=', caller.sessionId)
    .execute();
  return reply.header('set-cookie', answer.headers.getSetCookie()).code(204).send();
}
