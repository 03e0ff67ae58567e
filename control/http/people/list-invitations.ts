import { listInvitations, type Role } from '@holdfast/api';
import { LATEST_TIME } from '@holdfast/db/control';
import { implement } from '../implement.ts';

export const listInvitationsHandler = implement(listInvitations, async ({ organization }, { db }) => {
  const invitations = await db
    .selectFrom('auth.invitation')
    .leftJoin('invitation_mail', 'invitation_mail.invitation_id', 'auth.invitation.id')
    .select(['id', 'email', 'auth.invitation.role', 'createdAt', 'expiresAt', 'link_id', 'sent_at', 'failure'])
    .where('organizationId', '=', organization.id)
    .where('status', '=', 'pending')
    .where('expiresAt', '>', LATEST_TIME)
    .orderBy('sequence', 'desc')
    .execute();
  const items = invitations.map((invitation) => ({
    id: invitation.id,
    email: invitation.email,
    role: invitation.role as Role,
    createdAt: invitation.createdAt.toISOString(),
    expiresAt: invitation.expiresAt.toISOString(),
    mail: invitation.link_id === null ? null : { sentAt: invitation.sent_at?.toISOString() ?? null, failure: invitation.failure },
  }));
  return { status: 200, body: { items } };
});
