import { getInvitation } from '@holdfast/api';
import { findInvitation } from '../../access/invitations.ts';
import { implement } from '../endpoint-handler.ts';

export const getInvitationHandler = implement(getInvitation, async ({ body }, { db }) => {
  const { email, role, organizationName, inviterName } = await findInvitation(db, body.token);
  const account = await db.selectFrom('auth.user').select('id').where('email', '=', email).executeTakeFirst();
  return { status: 200, body: { email, role, organization: organizationName, invitedBy: inviterName, hasAccount: account !== undefined } };
});
