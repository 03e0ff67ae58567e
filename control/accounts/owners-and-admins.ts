import type { Tx } from '@holdfast/db/control';

/** Those who answer requests in an organization, for mail, in a fixed order. */
export async function ownersAndAdmins(tx: Tx, organizationId: string): Promise<{ name: string; email: string }[]> {
  return tx
    .selectFrom('auth.member as member')
    .innerJoin('auth.user as user', 'user.id', 'member.userId')
    .select(['user.name', 'user.email'])
    .where('member.organizationId', '=', organizationId)
    .where('member.role', 'in', ['owner', 'admin'])
    .orderBy('user.id')
    .execute();
}
