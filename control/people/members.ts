import { HoldfastError, may, type Role } from '@holdfast/api';
import { locking, type Tx } from '@holdfast/db/control';

export interface LockedMember {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
}

/**
 * Reads a member and keeps every change of members of the organization waiting until this one is done, so
 * that two changes side by side cannot leave it without an owner. Throws `not_found`.
 */
export async function lockMember(tx: Tx, organizationId: string, memberId: string): Promise<LockedMember> {
  locking(tx, 'members');
  const members = await tx
    .selectFrom('auth.member as member')
    .innerJoin('auth.user as user', 'user.id', 'member.userId')
    .select(['member.id', 'member.userId', 'member.role', 'user.name'])
    .where('member.organizationId', '=', organizationId)
    .orderBy('member.id')
    .forUpdate('member')
    .execute();
  const member = members.find((candidate) => candidate.id === memberId);
  if (member === undefined) throw new HoldfastError('not_found', 'The organization has no such member.');
  return member;
}

/** Only an owner makes, changes or removes an owner. `callerRole` is read inside the lock. */
export function requireOwnerFor(callerRole: Role, ...roles: readonly Role[]): void {
  if (callerRole !== 'owner' && roles.includes('owner')) {
    throw new HoldfastError('forbidden', 'Only an owner can make, change or remove an owner.', {
      remedy: 'Ask an owner of the organization.',
    });
  }
}

/**
 * The caller's role once the members are locked: it may have changed while this request waited. Throws
 * `forbidden`.
 */
export async function roleUnderLock(tx: Tx, organizationId: string, userId: string): Promise<Role> {
  const member = await tx
    .selectFrom('auth.member')
    .select('role')
    .where('organizationId', '=', organizationId)
    .where('userId', '=', userId)
    .executeTakeFirst();
  const role = member?.role;
  if (role === undefined || !may(role, 'members:write')) throw new HoldfastError('forbidden');
  return role;
}

export async function requireAnotherOwner(tx: Tx, organizationId: string, member: LockedMember): Promise<void> {
  if (member.role !== 'owner') return;
  const other = await tx
    .selectFrom('auth.member')
    .select('id')
    .where('organizationId', '=', organizationId)
    .where('role', '=', 'owner')
    .where('id', '!=', member.id)
    .limit(1)
    .executeTakeFirst();
  if (other === undefined) throw new HoldfastError('last_owner', `${member.name} is the only owner.`);
}

/** Invitations die with the right of those who made them. */
export async function withdrawInvitationsOf(tx: Tx, organizationId: string, userId: string): Promise<void> {
  await tx
    .deleteFrom('auth.invitation')
    .where('organizationId', '=', organizationId)
    .where('inviterId', '=', userId)
    .where('status', '=', 'pending')
    .execute();
}
