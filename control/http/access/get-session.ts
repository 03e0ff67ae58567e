import { getSession, type Role } from '@holdfast/api';
import { implement } from '../endpoint-handler.ts';

export const getSessionHandler = implement(getSession, async ({ caller }, { db }) => {
  let memberships = db
    .selectFrom('auth.member as member')
    .innerJoin('auth.organization as organization', 'organization.id', 'member.organizationId')
    .select(['organization.id', 'organization.name', 'organization.slug', 'member.role'])
    .where('member.userId', '=', caller.userId)
    .orderBy('organization.name')
    .orderBy('organization.id');
  if (caller.by.kind === 'token') memberships = memberships.where('organization.id', '=', caller.by.organizationId);
  const organizations = await memberships.execute();
  return {
    status: 200,
    body: {
      user: { id: caller.userId, name: caller.name, email: caller.email },
      organizations: organizations.map((organization) => ({ ...organization, role: organization.role as Role })),
    },
  };
});
