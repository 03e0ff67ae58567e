import { HoldfastError } from '@holdfast/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authenticate } from '../../access/authenticate.ts';
import type { Control } from '../../control.ts';
import { requireSameOrigin } from '../same-origin.ts';

/**
 * `POST /api/auth/prolong-session`: gives the session of the cookie its full time again, at most once a day. The console asks for it when
 * it is opened: no GET does, so that a link from elsewhere keeps nobody signed in.
 */
export async function prolongSession(control: Control, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { accounts, settings } = control;
  requireSameOrigin(request, settings.publicUrl);
  const { cookie } = request.headers;
  if (cookie === undefined || (await authenticate(control, { cookie })) === undefined) throw new HoldfastError('unauthenticated');
  const answer = await accounts.handler(
    new Request(`${settings.publicUrl}/api/auth/get-session`, { method: 'POST', headers: { cookie, origin: settings.publicUrl } }),
  );
  if (answer.status >= 500) throw new HoldfastError('unavailable', 'The session could not be looked up.');
  if (!answer.ok || (await answer.json()) === null) throw new HoldfastError('unauthenticated');
  return reply.header('set-cookie', answer.headers.getSetCookie()).code(204).send();
}
