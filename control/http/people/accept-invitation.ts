import { acceptInvitation, HoldfastError } from '@holdfast/api';
import { isUniqueViolation, transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { insertMember } from '../../organizations/organizations.ts';
import { findInvitation, takeInvitation } from '../../people/invitations.ts';
import { implement } from '../implement.ts';

export const acceptInvitationHandler = implement(acceptInvitation, async ({ caller, origin, params }, { db }) => {
  const invitation = await findInvitation(db, caller, params.invitation);
  const { organizationId, organizationName, organizationSlug, role, inviterName } = invitation;
  await transaction(db, async (tx) => {
    await takeInvitation(tx, invitation);
    await insertMember(tx, organizationId, caller.user.id, role).catch((error: unknown) => {
      if (isUniqueViolation(error)) throw new HoldfastError('invitation_invalid', 'You are a member of this organization already.');
      throw error;
    });
    await record(
      tx,
      organizationId,
      { caller, origin },
      {
        action: 'member.join',
        target: { kind: 'member', id: caller.user.id, name: caller.user.name },
        detail: { role, invitedBy: inviterName },
      },
    );
  });
  return { status: 200, body: { organization: { id: organizationId, name: organizationName, slug: organizationSlug } } };
});
