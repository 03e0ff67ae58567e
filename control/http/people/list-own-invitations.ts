import { listOwnInvitations } from '@holdfast/api';
import { findInvitationsOf } from '../../people/invitations.ts';
import { implement } from '../implement.ts';

export const listOwnInvitationsHandler = implement(listOwnInvitations, async ({ caller }, { db }) => {
  const items = (await findInvitationsOf(db, caller)).map(({ id, organizationName, role, inviterName, expiresAt }) => ({
    id,
    organization: organizationName,
    role,
    invitedBy: inviterName,
    expiresAt: expiresAt.toISOString(),
  }));
  return { status: 200, body: { items } };
});
