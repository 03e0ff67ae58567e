import { HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { memberActor, networkOf, originOf, readPart, requireSameOrigin } from '@holdfast/endpoints';
import { logEvent } from '@holdfast/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { deviceIn, rememberDevice } from '../../accounts/known-device.ts';
import { findPasswordHash, requireUnchangedPassword } from '../../accounts/password.ts';
import { recordInEachOrganization } from '../../accounts/session-record.ts';
import { userAgentKept } from '../../audit/record.ts';
import type { Control } from '../../control.ts';

const credentials = z.object({
  email: z.string().max(254),
  password: z.string().max(1_000),
  rememberMe: z.boolean().optional(),
});

/** Of what goes wrong once the password was right: the others mean that it is not on the record. */
const PASSED_ON: ReadonlySet<string> = new Set(['rate_limited', 'invalid_credentials']);

/**
 * `POST /api/auth/sign-in/email`: better-auth checks the password and makes the session. It takes as long for
 * an address that has no account. The session's cookie is handed out once every organization of the account
 * has it on record.
 */
export async function signIn(control: Control, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  requireSameOrigin(request, control.settings.publicUrl);
  const sent = readPart(credentials, request.body, 'body') as z.output<typeof credentials>;
  const origin = originOf(request);
  const { publicUrl } = control.settings;
  const device = deviceIn(request.headers.cookie, publicUrl);
  const counted = await control.signInLimit.attempt({ address: origin.ip, email: sent.email, device });

  const checked = await findPasswordHash(control.db, sent);
  const answer = await control.accounts.handler(signInRequest(control, sent));
  if (!answer.ok) {
    if (answer.status >= 500) throw new HoldfastError('unavailable', 'The account could not be looked up.');
    // After the answer: only an address with an account is recorded, and the time that takes would tell which
    // has one.
    reply.raw.once('finish', () => control.inBackground(recordRefusal(control, sent.email, origin)));
    throw new HoldfastError('invalid_credentials', 'No account has this e-mail address and password.');
  }
  await counted.succeeded();
  const { user, token } = (await answer.json()) as { user: { id: string; name: string; email: string }; token: string };
  let deviceCookie: string;
  try {
    control.workload.countSignIn(user.id);
    const actor = memberActor({ id: user.id, name: user.name });
    deviceCookie = await transaction(control.db, async (tx) => {
      await requireUnchangedPassword(tx, user.id, checked);
      await recordInEachOrganization(tx, user.id, actor, origin, { action: 'session.sign-in' });
      await tx
        .updateTable('auth.session')
        .set({ ipAddress: origin.ip, userAgent: userAgentKept(origin) ?? null })
        .where('token', '=', token)
        .execute();
      return await rememberDevice(tx, { userId: user.id, device, origin, clock: control.clock, publicUrl });
    });
  } catch (error) {
    await control.db.deleteFrom('auth.session').where('token', '=', token).execute();
    if (error instanceof HoldfastError && PASSED_ON.has(error.code)) throw error;
    throw new HoldfastError('audit_unavailable', 'The sign-in could not be recorded, so nobody was signed in.', { cause: error });
  }
  reply.header('set-cookie', [...answer.headers.getSetCookie(), deviceCookie]);
  return reply.code(200).send({ user: { id: user.id, name: user.name, email: user.email } });
}

/** Made of what was checked, so that nothing else of the request reaches the library. */
function signInRequest({ settings }: Control, sent: z.output<typeof credentials>): Request {
  return new Request(`${settings.publicUrl}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: settings.publicUrl },
    body: JSON.stringify(sent),
  });
}

async function recordRefusal(control: Control, email: string, origin: ReturnType<typeof originOf>): Promise<void> {
  try {
    const user = await control.db
      .selectFrom('auth.user')
      .select(['id', 'name'])
      .where('email', '=', email.toLowerCase())
      .executeTakeFirst();
    if (user === undefined) return;
    const nobody = { kind: 'anonymous', id: null, name: 'not signed in' } as const;
    const target = { kind: 'member', id: user.id, name: user.name };
    await control.repeats.note(`sign-in ${user.id} ${networkOf(origin.ip)}`, async (repeats) => {
      const detail = repeats === undefined ? {} : { detail: repeats };
      await transaction(control.db, (tx) =>
        recordInEachOrganization(tx, user.id, nobody, origin, { action: 'session.sign-in', outcome: 'refused', target, ...detail }),
      );
    });
  } catch (error) {
    logEvent(control.logger, 'sign_in.not_recorded', { error });
  }
}
