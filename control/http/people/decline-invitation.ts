import { declineInvitation } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { findInvitation, takeInvitation } from '../../people/invitations.ts';
import { implement } from '../implement.ts';

export const declineInvitationHandler = implement(declineInvitation, async ({ caller, origin, params }, { db }) => {
  const invitation = await findInvitation(db, caller, params.invitation);
  await transaction(db, async (tx) => {
    await takeInvitation(tx, invitation);
    const target = { kind: 'invitation', id: invitation.id, name: caller.user.email };
    await record(tx, invitation.organizationId, { caller, origin }, { action: 'member.decline-invitation', target });
  });
  return { status: 204 };
});
