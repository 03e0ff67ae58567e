import { deleteToken, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const deleteTokenHandler = implement(deleteToken, async ({ caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const revoked = await tx
      .deleteFrom('access_token')
      .where('organization_id', '=', organization.id)
      .where('member_user_id', '=', caller.user.id)
      .where('id', '=', params.token)
      .returning(['id', 'name'])
      .executeTakeFirst();
    if (revoked === undefined) throw new HoldfastError('not_found', 'You have no such token in this organization.');
    await record(tx, organization.id, { caller, origin }, { action: 'token.revoke', target: { kind: 'token', ...revoked } });
  });
  return { status: 204 };
});
