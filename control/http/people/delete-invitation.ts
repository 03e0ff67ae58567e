import { deleteInvitation, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const deleteInvitationHandler = implement(deleteInvitation, async ({ caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const withdrawn = await tx
      .deleteFrom('auth.invitation')
      .where('organizationId', '=', organization.id)
      .where('id', '=', params.invitation)
      .where('status', '=', 'pending')
      .returning(['id', 'email'])
      .executeTakeFirst();
    if (withdrawn === undefined) throw new HoldfastError('not_found', 'There is no such invitation that waits.');
    const target = { kind: 'invitation', id: withdrawn.id, name: withdrawn.email };
    await record(tx, organization.id, { caller, origin }, { action: 'member.withdraw-invitation', target });
  });
  return { status: 204 };
});
