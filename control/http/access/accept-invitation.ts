import { acceptInvitation, type Body, HoldfastError } from '@holdfast/api';
import { type Tx, transaction } from '@holdfast/db';
import { authenticate } from '../../access/authenticate.ts';
import { actorOf, type Caller } from '../../access/caller.ts';
import { findInvitation, type Invitation } from '../../access/invitations.ts';
import { insertMember } from '../../access/organizations.ts';
import { hashNewPassword, insertUser } from '../../access/users.ts';
import { recordAs } from '../../audit/record.ts';
import { isUniqueViolation } from '../../database-errors.ts';
import { implement } from '../endpoint-handler.ts';
import { invalid } from '../request-shape.ts';
import { requireSameOrigin } from '../same-origin.ts';

export const acceptInvitationHandler = implement(acceptInvitation, async ({ body, origin, request }, control) => {
  const { db, settings } = control;
  const invitation = await findInvitation(db, body.token);
  const account = await db.selectFrom('auth.user').select(['id', 'name']).where('email', '=', invitation.email).executeTakeFirst();
  const joining = account === undefined ? await newAccount(body) : account;
  if (account !== undefined) {
    const caller = await authenticate(control, request.headers);
    requireInvited(caller, account.id, invitation);
    requireSameOrigin(request, settings.publicUrl);
  }

  const organizationId = invitation.organizationId;
  await transaction(db, async (tx) => {
    await takeInvitation(tx, invitation);
    const userId =
      'passwordHash' in joining
        ? await insertUser(tx, { name: joining.name, email: invitation.email, passwordHash: joining.passwordHash })
        : joining.id;
    await insertMember(tx, organizationId, userId, invitation.role).catch((error: unknown) => {
      if (isUniqueViolation(error)) throw new HoldfastError('invitation_invalid', 'You are a member of this organization already.');
      throw error;
    });
    await recordAs(tx, organizationId, actorOf({ userId, name: joining.name }), origin, {}, [
      {
        action: 'member.join',
        target: { kind: 'member', id: userId, name: joining.name },
        detail: { role: invitation.role, invitedBy: invitation.inviterName },
      },
    ]);
  });
  const { organizationName, organizationSlug } = invitation;
  return { status: 200, body: { organization: { id: organizationId, name: organizationName, slug: organizationSlug } } };
});

async function newAccount({ name, password }: Body<typeof acceptInvitation>): Promise<{ name: string; passwordHash: string }> {
  const missing = [
    ...(name === undefined ? [{ field: 'name', detail: 'Say your name.' }] : []),
    ...(password === undefined ? [{ field: 'password', detail: 'Choose a password.' }] : []),
  ];
  if (name === undefined || password === undefined) throw invalid(missing);
  return { name, passwordHash: await hashNewPassword(password) };
}

function requireInvited(caller: Caller | undefined, invitedUserId: string, { email }: Invitation): void {
  if (caller === undefined) {
    throw new HoldfastError('unauthenticated', `${email} has an account already.`, {
      remedy: `Sign in as ${email}, then accept the invitation.`,
    });
  }
  if (caller.by.kind === 'token' || caller.userId !== invitedUserId) {
    throw new HoldfastError('forbidden', `The invitation is for ${email}.`, { remedy: `Sign in as ${email}, then accept it.` });
  }
}

/** Deletes it, so that of two who accept at the same moment one is refused, and a link works once. */
async function takeInvitation(tx: Tx, { id, organizationId }: Invitation): Promise<void> {
  const taken = await tx.deleteFrom('auth.invitation').where('id', '=', id).where('status', '=', 'pending').executeTakeFirst();
  if (taken.numDeletedRows !== 1n) throw new HoldfastError('invitation_invalid');
  await tx.deleteFrom('invitation_token').where('organization_id', '=', organizationId).where('invitation_id', '=', id).execute();
}
