import { createInvitation, DAY_MILLISECONDS, HoldfastError } from '@holdfast/api';
import { isUniqueViolation, LATEST_TIME, transaction } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { queueInvitationMail } from '../../people/invitation-mail.ts';
import { INVITATION_DAYS } from '../../people/invitations.ts';
import { requireOwnerFor } from '../../people/members.ts';
import { implement } from '../implement.ts';

export const createInvitationHandler = implement(createInvitation, async ({ body, caller, organization, origin }, control) => {
  const { clock, db, queue, settings } = control;
  requireOwnerFor(organization.rights, body.role);
  const email = body.email.toLowerCase();
  const id = uuidv7();
  const expiresAt = new Date((await clock.now()).getTime() + INVITATION_DAYS * DAY_MILLISECONDS);
  let mailed = false;
  try {
    await transaction(db, async (tx) => {
      const member = await tx
        .selectFrom('auth.member as member')
        .innerJoin('auth.user as user', 'user.id', 'member.userId')
        .select('member.id')
        .where('member.organizationId', '=', organization.id)
        .where('user.email', '=', email)
        .executeTakeFirst();
      if (member !== undefined) {
        throw new HoldfastError('name_taken', `${email} is a member already.`, {
          field: 'email',
          remedy: 'Change the role in the list of members.',
        });
      }
      // One that has expired is in nobody's way.
      await tx
        .deleteFrom('auth.invitation')
        .where('organizationId', '=', organization.id)
        .where('email', '=', email)
        .where('status', '=', 'pending')
        .where('expiresAt', '<=', LATEST_TIME)
        .execute();
      await tx
        .insertInto('auth.invitation')
        .values({ id, organizationId: organization.id, email, role: body.role, status: 'pending', expiresAt, inviterId: caller.user.id })
        .execute();
      const invitation = { id, email, role: body.role, expiresAt, inviterId: caller.user.id, inviterName: caller.user.name };
      mailed = await queueInvitationMail(tx, queue, { organization, invitation, consoleUrl: settings.publicUrl });
      const target = { kind: 'invitation', id, name: email };
      await record(tx, organization.id, { caller, origin }, { action: 'member.invite', target, detail: { role: body.role } });
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'invitation_once_pending')) throw error;
    throw new HoldfastError('name_taken', `${email} is invited already.`, { field: 'email', remedy: 'Withdraw that invitation first.' });
  }
  return { status: 201, body: { id, email, role: body.role, expiresAt: expiresAt.toISOString(), delivery: mailed ? 'mail' : 'operator' } };
});
