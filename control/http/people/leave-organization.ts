import { leaveOrganization } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { invalid } from '@holdfast/endpoints';
import { endMembership } from '../../people/end-membership.ts';
import { lockMember } from '../../people/members.ts';
import { implement } from '../implement.ts';

export const leaveOrganizationHandler = implement(leaveOrganization, async ({ body, caller, organization, origin }, { db }) => {
  if (body.confirm !== organization.slug) {
    throw invalid([{ field: 'confirm', detail: `Say which organization is left: ${organization.slug}` }]);
  }
  await transaction(db, async (tx) => {
    const member = await lockMember(tx, organization.id, organization.memberId);
    await endMembership(tx, organization, member, { caller, origin });
  });
  return { status: 204 };
});
