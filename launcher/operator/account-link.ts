import { mayInvite, newToken, type Role } from '@holdfast/api';
import { appendAudit, hashToken, LATEST_TIME, OPERATOR, recordingOrganizations, type Tx, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { CommandError } from '@holdfast/terminal/report';
import { asOperator } from './as-operator.ts';

const LINK_HOURS = 24;

export interface MadeAccountLink {
  readonly token: string;
  readonly expiresAt: Date;
  /** Whether the address has an account, whose password the link sets; otherwise the link makes one. */
  readonly hasAccount: boolean;
  /** Organizations that have invited the address, by short name. */
  readonly invitedBy: readonly string[];
}

/**
 * Makes a one-time link for an address, as the operator, on the machine of Holdfast: the address counts as
 * proved for the person who is given it. It is put on the record of every organization that the address is a
 * member of or is invited to, in the same transaction.
 *
 * @param databaseUrl of the control plane's role, which only the operator can read.
 * @throws CommandError when `mustExist` and the address has no account.
 */
export async function makeAccountLink(databaseUrl: string, email: string, mustExist: boolean): Promise<MadeAccountLink> {
  return asOperator(databaseUrl, async (db, now) => {
    const expiresAt = new Date(now.getTime() + LINK_HOURS * 3_600_000);
    const token = newToken('account');
    return await transaction(db, async (tx) => {
      const user = await tx.selectFrom('auth.user').select(['id', 'name']).where('email', '=', email).executeTakeFirst();
      if (user === undefined && mustExist) {
        throw new CommandError(`No account has the address ${email}.`, {
          code: 'not_found',
          remedy: `Check the address. For somebody new: holdfast account link ${email}`,
        });
      }
      const id = uuidv7();
      const tokenHash = hashToken(token);
      await tx
        .insertInto('account_link')
        .values({ id, purpose: 'operator', email, invitation_id: null, user_id: null, token_hash: tokenHash, expires_at: expiresAt })
        .execute();
      const { concerned, invitedBy } = await organizationsOf(tx, email, user?.id);
      for (const organizationId of concerned) {
        await appendAudit(tx, organizationId, [
          {
            action: 'account.link',
            actor: OPERATOR,
            outcome: 'success',
            target: { kind: 'member', id: user?.id ?? id, name: email },
            detail: { expiresAt: expiresAt.toISOString() },
          },
        ]);
      }
      return { token, expiresAt, hasAccount: user !== undefined, invitedBy };
    });
  });
}

/** In the order of their ids, so that two appends never wait for each other in a circle. */
async function organizationsOf(tx: Tx, email: string, userId: string | undefined) {
  const rows = await tx
    .selectFrom('auth.invitation as invitation')
    .innerJoin('auth.organization as organization', 'organization.id', 'invitation.organizationId')
    .innerJoin('auth.member as inviter', (join) =>
      join.onRef('inviter.userId', '=', 'invitation.inviterId').onRef('inviter.organizationId', '=', 'organization.id'),
    )
    .leftJoin('organization_deletion as deletion', 'deletion.organization_id', 'organization.id')
    .select(['organization.id', 'organization.slug', 'invitation.role', 'inviter.role as inviterRole'])
    .where('invitation.email', '=', email)
    .where('invitation.status', '=', 'pending')
    .where('invitation.expiresAt', '>', LATEST_TIME)
    .where('deletion.begun_at', 'is', null)
    .execute();
  // As the person will find them after signing in.
  const invitations = rows.filter(({ inviterRole, role }) => mayInvite(inviterRole as Role, role as Role));
  const memberships = userId === undefined ? [] : await recordingOrganizations(tx, userId);
  return {
    concerned: [...new Set([...invitations.map(({ id }) => id), ...memberships])].sort(),
    invitedBy: invitations.map(({ slug }) => slug),
  };
}
