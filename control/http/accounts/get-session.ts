import { getSession } from '@holdfast/api';
import { sql } from 'kysely';
import { implement } from '../implement.ts';

export const getSessionHandler = implement(getSession, async ({ caller }, { db }) => {
  let memberships = db
    .selectFrom('auth.member as member')
    .innerJoin('auth.organization as organization', 'organization.id', 'member.organizationId')
    .leftJoin('organization_deletion as deletion', 'deletion.organization_id', 'organization.id')
    .select(['organization.id', 'organization.name', 'organization.slug', 'member.role', 'deletion.delete_at'])
    .select(
      sql<boolean>`member.role = 'owner' and not exists (select from auth.member other where other."organizationId" = organization.id
        and other.role = 'owner' and other.id <> member.id)`.as('onlyOwner'),
    )
    .where('member.userId', '=', caller.user.id)
    .orderBy('organization.name')
    .orderBy('organization.id');
  if (caller.kind === 'token') memberships = memberships.where('organization.id', '=', caller.organizationId);
  const organizations = await memberships.execute();
  return {
    status: 200,
    body: {
      user: { id: caller.user.id, name: caller.user.name, email: caller.user.email },
      organizations: organizations.map(({ delete_at, ...organization }) => ({
        ...organization,
        deletesAt: delete_at?.toISOString() ?? null,
      })),
    },
  };
});
