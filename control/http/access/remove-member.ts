import { removeMember } from '@holdfast/api';
import { type Tx, transaction } from '@holdfast/db';
import { lockMember, requireAnotherOwner, requireOwnerFor, roleUnderLock, withdrawInvitationsOf } from '../../access/members.ts';
import { record } from '../../audit/record.ts';
import { implement } from '../endpoint-handler.ts';

export const removeMemberHandler = implement(removeMember, async ({ caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const member = await lockMember(tx, organization.id, params.member);
    requireOwnerFor(await roleUnderLock(tx, organization.id, caller.userId), member.role);
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
    await endSessionsOutsideOrganizations(tx, member.userId);
    await record(
      tx,
      organization.id,
      { caller, origin },
      {
        action: 'member.remove',
        target: { kind: 'member', id: member.userId, name: member.name },
        detail: { role: member.role, tokensRevoked: Number(tokens) },
      },
    );
  });
  return { status: 204 };
});

/**
 * A session opens an organization to its members only, so a removed member is out at the next request anyway. The session itself
 * ends unless another organization, which has no part in this, still needs it.
 */
async function endSessionsOutsideOrganizations(tx: Tx, userId: string): Promise<void> {
  const other = await tx.selectFrom('auth.member').select('id').where('userId', '=', userId).limit(1).executeTakeFirst();
  if (other === undefined) await tx.deleteFrom('auth.session').where('userId', '=', userId).execute();
}
