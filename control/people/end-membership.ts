import type { Tx } from '@holdfast/db/control';
import type { RequestOrigin, UserPrincipal } from '@holdfast/endpoints';
import type { Organization } from '../accounts/membership.ts';
import { record } from '../audit/record.ts';
import { type LockedMember, requireAnotherOwner, withdrawInvitationsOf } from './members.ts';

/**
 * Ends a membership, with what came of it: tokens, invitations, the care for secrets. Throws `last_owner`.
 */
export async function endMembership(
  tx: Tx,
  organization: Pick<Organization, 'id'>,
  member: LockedMember,
  by: { readonly caller: UserPrincipal; readonly origin: RequestOrigin },
): Promise<void> {
  await requireAnotherOwner(tx, organization.id, member);
  await withdrawInvitationsOf(tx, organization.id, member.userId);
  const { numDeletedRows: tokens } = await tx
    .deleteFrom('access_token')
    .where('organization_id', '=', organization.id)
    .where('member_user_id', '=', member.userId)
    .executeTakeFirst();
  await tx
    .updateTable('secret')
    .set({ owner_user_id: null })
    .where('organization_id', '=', organization.id)
    .where('owner_user_id', '=', member.userId)
    .execute();
  await tx.deleteFrom('auth.member').where('id', '=', member.id).execute();
  const left = member.userId === by.caller.user.id;
  if (!left) await endSessionsOutsideOrganizations(tx, member.userId);
  await record(tx, organization.id, by, {
    action: left ? 'member.leave' : 'member.remove',
    target: { kind: 'member', id: member.userId, name: member.name },
    detail: { role: member.role, tokensRevoked: Number(tokens) },
  });
}

/**
 * A session opens an organization to its members only, so a removed member is out at the next request anyway.
 * The session itself ends unless another organization, which has no part in this, still needs it.
 */
async function endSessionsOutsideOrganizations(tx: Tx, userId: string): Promise<void> {
  const other = await tx.selectFrom('auth.member').select('id').where('userId', '=', userId).limit(1).executeTakeFirst();
  if (other === undefined) await tx.deleteFrom('auth.session').where('userId', '=', userId).execute();
}
