import { HoldfastError, may, type Role } from '@holdfast/api';
import { type Database, LATEST_TIME } from '@holdfast/db';
import type { Kysely } from 'kysely';
import { hashToken } from './tokens.ts';

export const INVITATION_DAYS = 7;

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly organizationId: string;
  readonly organizationName: string;
  readonly organizationSlug: string;
  readonly inviterId: string;
  readonly inviterName: string;
}

/**
 * The invitation that a link's token stands for, if it still waits, has not expired, and whoever made it may still invite to
 * that role. Throws `invitation_invalid` without saying which of these it was.
 */
export async function findInvitation(db: Kysely<Database>, token: string): Promise<Invitation> {
  const row = await db
    .selectFrom('invitation_token')
    .innerJoin('auth.invitation as invitation', (join) =>
      join
        .onRef('invitation.id', '=', 'invitation_token.invitation_id')
        .onRef('invitation.organizationId', '=', 'invitation_token.organization_id'),
    )
    .innerJoin('auth.organization as organization', 'organization.id', 'invitation.organizationId')
    .innerJoin('auth.user as inviter', 'inviter.id', 'invitation.inviterId')
    .innerJoin('auth.member as membership', (join) =>
      join.onRef('membership.userId', '=', 'inviter.id').onRef('membership.organizationId', '=', 'organization.id'),
    )
    .select([
      'invitation.id',
      'invitation.email',
      'invitation.role',
      'organization.id as organizationId',
      'organization.name as organizationName',
      'organization.slug as organizationSlug',
      'inviter.id as inviterId',
      'inviter.name as inviterName',
      'membership.role as inviterRole',
    ])
    .where('invitation_token.token_hash', '=', hashToken(token))
    .where('invitation.status', '=', 'pending')
    .where('invitation.expiresAt', '>', LATEST_TIME)
    .executeTakeFirst();
  const inviterRole = row?.inviterRole as Role | undefined;
  if (row === undefined || inviterRole === undefined || !mayInvite(inviterRole, row.role as Role))
    throw new HoldfastError('invitation_invalid');
  return { ...row, role: row.role as Role };
}

export function mayInvite(inviter: Role, role: Role): boolean {
  return may(inviter, 'members:write') && (role !== 'owner' || inviter === 'owner');
}
