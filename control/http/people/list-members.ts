import { listMembers } from '@holdfast/api';
import { implement } from '../implement.ts';

export const listMembersHandler = implement(listMembers, async ({ organization }, { db }) => {
  const members = await db
    .selectFrom('auth.member as member')
    .innerJoin('auth.user as user', 'user.id', 'member.userId')
    .select(['member.id', 'member.userId', 'user.name', 'user.email', 'member.role', 'member.createdAt'])
    .where('member.organizationId', '=', organization.id)
    .orderBy('user.name')
    .orderBy('member.id')
    .execute();
  const items = members.map(({ createdAt, ...member }) => ({ ...member, joinedAt: createdAt.toISOString() }));
  return { status: 200, body: { items } };
});
