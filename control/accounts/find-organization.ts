import { HoldfastError, SLUG_PATTERN } from '@holdfast/api';
import { isUuid } from '@holdfast/envelope';
import type { Control } from '../control.ts';
import type { Authenticated } from './authenticate.ts';
import type { Membership } from './membership.ts';

/**
 * The organization that a path names by slug or id, if the caller is a member and, with a token, if it is the
 * token's own. One that does not exist and one of others give the same error.
 */
export async function findOrganization({ db }: Pick<Control, 'db'>, authenticated: Authenticated, slugOrId: string): Promise<Membership> {
  const byId = isUuid(slugOrId);
  if (!SLUG_PATTERN.test(slugOrId) && !byId) throw noSuchOrganization();
  if ('membership' in authenticated) {
    const { membership } = authenticated;
    const isMeant = membership !== undefined && (byId ? membership.id === slugOrId.toLowerCase() : membership.slug === slugOrId);
    if (!isMeant) throw noSuchOrganization();
    return membership;
  }
  const row = await db
    .selectFrom('auth.member as member')
    .innerJoin('auth.organization as organization', 'organization.id', 'member.organizationId')
    .select(['organization.id', 'organization.name', 'organization.slug', 'member.id as memberId', 'member.role'])
    .where('member.userId', '=', authenticated.caller.user.id)
    .where(byId ? 'organization.id' : 'organization.slug', '=', slugOrId)
    .executeTakeFirst();
  if (row === undefined) throw noSuchOrganization();
  const { role, ...organization } = row;
  return { ...organization, rights: role };
}

function noSuchOrganization(): HoldfastError {
  return new HoldfastError('not_found', 'There is no such organization that you are a member of.');
}
