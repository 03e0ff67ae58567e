import { HoldfastError, type Rights, type Role, SLUG_PATTERN, UUID_PATTERN } from '@holdfast/api';
import type { Principal } from '@holdfast/endpoints';
import type { Control } from '../control.ts';

/** An organization, as a caller has to do with it. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  /** What the caller may in it, as the database holds it at this request. */
  readonly rights: Rights;
}

/** An organization that the caller is a member of: its rights are a role. */
export interface Membership extends Organization {
  readonly memberId: string;
  readonly rights: Role;
}

/**
 * The organization that a path names by slug or id, if the caller is a member and, with a token, if it is the token's own. One
 * that does not exist and one of others give the same error.
 */
export async function findOrganization({ db }: Pick<Control, 'db'>, caller: Principal, slugOrId: string): Promise<Membership> {
  const refusal = new HoldfastError('not_found', 'There is no such organization that you are a member of.');
  const byId = UUID_PATTERN.test(slugOrId);
  if (!SLUG_PATTERN.test(slugOrId) && !byId) throw refusal;
  const row = await db
    .selectFrom('auth.member as member')
    .innerJoin('auth.organization as organization', 'organization.id', 'member.organizationId')
    .select(['organization.id', 'organization.name', 'organization.slug', 'member.id as memberId', 'member.role'])
    .where('member.userId', '=', caller.user.id)
    .where(byId ? 'organization.id' : 'organization.slug', '=', slugOrId)
    .executeTakeFirst();
  if (row === undefined || (caller.kind === 'token' && caller.organizationId !== row.id)) throw refusal;
  const { role, ...organization } = row;
  return { ...organization, rights: role as Role };
}
