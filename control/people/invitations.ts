import { HoldfastError, mayInvite, type Role } from '@holdfast/api';
import { type Database, LATEST_TIME, type Tx } from '@holdfast/db/control';
import type { UserPrincipal } from '@holdfast/endpoints';
import type { Kysely } from 'kysely';

export const INVITATION_DAYS = 7;

export interface Invitation {
  readonly id: string;
  readonly role: Role;
  readonly expiresAt: Date;
  readonly organizationId: string;
  readonly organizationName: string;
  readonly organizationSlug: string;
  readonly inviterName: string;
}

/**
 * Invitations of the caller's address: those that wait, have not expired, and whose maker may still invite to
 * that role. None, unless the caller has proved the address, and none for a token, which acts in its own
 * organization alone.
 */
export async function findInvitationsOf(db: Kysely<Database>, caller: UserPrincipal): Promise<readonly Invitation[]> {
  if (caller.kind === 'token') return [];
  const rows = await db
    .selectFrom('auth.user as invited')
    .innerJoin('auth.invitation as invitation', 'invitation.email', 'invited.email')
    .innerJoin('auth.organization as organization', 'organization.id', 'invitation.organizationId')
    .innerJoin('auth.user as inviter', 'inviter.id', 'invitation.inviterId')
    .innerJoin('auth.member as membership', (join) =>
      join.onRef('membership.userId', '=', 'inviter.id').onRef('membership.organizationId', '=', 'organization.id'),
    )
    .select([
      'invitation.id',
      'invitation.role',
      'invitation.expiresAt',
      'organization.id as organizationId',
      'organization.name as organizationName',
      'organization.slug as organizationSlug',
      'inviter.name as inviterName',
      'membership.role as inviterRole',
    ])
    .where('invited.id', '=', caller.user.id)
    .where('invited.emailVerified', '=', true)
    .where('invitation.status', '=', 'pending')
    .where('invitation.expiresAt', '>', LATEST_TIME)
    .orderBy('invitation.sequence', 'desc')
    .execute();
  return rows.map((row) => ({ ...row, role: row.role as Role })).filter(({ inviterRole, role }) => mayInvite(inviterRole, role));
}

/**
 * One of them. Throws `invitation_invalid`, without saying whether there is such an invitation of somebody
 * else.
 */
export async function findInvitation(db: Kysely<Database>, caller: UserPrincipal, id: string): Promise<Invitation> {
  const invitation = (await findInvitationsOf(db, caller)).find((candidate) => candidate.id === id);
  if (invitation === undefined) throw new HoldfastError('invitation_invalid');
  return invitation;
}

/**
 * Deletes it, with its mail and link, so that of two who accept at the same moment one is refused. Throws
 * `invitation_invalid`.
 */
export async function takeInvitation(tx: Tx, { id }: Pick<Invitation, 'id'>): Promise<void> {
  const taken = await tx.deleteFrom('auth.invitation').where('id', '=', id).where('status', '=', 'pending').executeTakeFirst();
  if (taken.numDeletedRows !== 1n) throw new HoldfastError('invitation_invalid');
}
