import { removeMember } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { endMembership } from '../../people/end-membership.ts';
import { lockMember, requireOwnerFor, roleUnderLock } from '../../people/members.ts';
import { implement } from '../implement.ts';

export const removeMemberHandler = implement(removeMember, async ({ caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const member = await lockMember(tx, organization.id, params.member);
    requireOwnerFor(await roleUnderLock(tx, organization.id, caller.user.id), member.role);
    await endMembership(tx, organization, member, { caller, origin });
  });
  return { status: 204 };
});
