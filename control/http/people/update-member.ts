import { may, updateMember } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { lockMember, requireAnotherOwner, requireOwnerFor, roleUnderLock, withdrawInvitationsOf } from '../../people/members.ts';
import { implement } from '../implement.ts';

export const updateMemberHandler = implement(updateMember, async ({ body, caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const member = await lockMember(tx, organization.id, params.member);
    requireOwnerFor(await roleUnderLock(tx, organization.id, caller.user.id), member.role, body.role);
    if (member.role === body.role) return;
    if (body.role !== 'owner') await requireAnotherOwner(tx, organization.id, member);
    await tx.updateTable('auth.member').set({ role: body.role }).where('id', '=', member.id).execute();
    // Somebody who may invite no owners any more must have no such invitation open either.
    if (!may(body.role, 'members:write') || member.role === 'owner') await withdrawInvitationsOf(tx, organization.id, member.userId);
    await record(
      tx,
      organization.id,
      { caller, origin },
      {
        action: 'member.change-role',
        target: { kind: 'member', id: member.userId, name: member.name },
        detail: { from: member.role, to: body.role },
      },
    );
  });
  return { status: 204 };
});
