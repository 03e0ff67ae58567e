import { listInvitations, type Role } from '@holdfast/api';
import { LATEST_TIME } from '@holdfast/db';
import { implement } from '../endpoint-handler.ts';

export const listInvitationsHandler = implement(listInvitations, async ({ organization }, { db }) => {
  const invitations = await db
    .selectFrom('auth.invitation')
    .select(['id', 'email', 'role', 'createdAt', 'expiresAt'])
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
  }));
  return { status: 200, body: { items } };
});
