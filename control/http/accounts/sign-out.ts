import { transaction } from '@holdfast/db/control';
import { actorOf, originOf, requireSameOrigin } from '@holdfast/endpoints';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authenticateSession } from '../../accounts/authenticate.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import type { Control } from '../../control.ts';

/**
 * `POST /api/auth/sign-out`: ends the session of the cookie that is sent. Signing out twice is not an error.
 */
export async function signOut(control: Control, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { accounts, db, settings } = control;
  requireSameOrigin(request, settings.publicUrl);
  const { cookie } = request.headers;
  if (cookie === undefined) return reply.code(204).send();
  const caller = await authenticateSession(control, cookie);
  const answer = await accounts.handler(
    new Request(`${settings.publicUrl}/api/auth/sign-out`, { method: 'POST', headers: { cookie, origin: settings.publicUrl } }),
  );
  if (caller !== undefined) {
    await transaction(db, (tx) =>
      recordInEachOrganization(tx, caller.user.id, actorOf(caller), originOf(request), { action: 'session.sign-out' }),
    );
  }
  return reply.header('set-cookie', answer.headers.getSetCookie()).code(204).send();
}
