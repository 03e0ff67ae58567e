import type { Queue, Tx } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { canSendMail } from '../accounts/account-mail.ts';
import type { Organization } from '../accounts/membership.ts';
import { countInvitationMail } from './invitation-limit.ts';

export interface InvitationToMail {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly expiresAt: Date;
  readonly inviterId: string;
  readonly inviterName: string;
}

/**
 * Asks the data plane for the mail of an invitation, when it can send mail; answers whether it can. What is
 * stored is the same whether the address has an account or not, so that neither the answer nor the time it
 * takes tells. The link has no token until the data plane sends it.
 */
export async function queueInvitationMail(
  tx: Tx,
  queue: Queue,
  {
    organization,
    invitation,
    consoleUrl,
  }: { organization: Pick<Organization, 'id' | 'name'>; invitation: InvitationToMail; consoleUrl: string },
): Promise<boolean> {
  if (!(await canSendMail(tx))) return false;
  await countInvitationMail(tx, organization.id, invitation.inviterId);
  const linkId = uuidv7();
  await tx
    .insertInto('account_link')
    .values({
      id: linkId,
      purpose: 'invitation',
      email: invitation.email,
      invitation_id: invitation.id,
      user_id: null,
      token_hash: null,
      expires_at: invitation.expiresAt,
    })
    .execute();
  await tx
    .insertInto('invitation_mail')
    .values({
      organization_id: organization.id,
      invitation_id: invitation.id,
      link_id: linkId,
      recipient: invitation.email,
      organization_name: organization.name,
      inviter_name: invitation.inviterName,
      role: invitation.role,
      console_url: consoleUrl,
      sent_at: null,
      failure: null,
    })
    .execute();
  await queue.send(tx, 'invitation-mail', { organizationId: organization.id, invitationId: invitation.id });
  return true;
}
