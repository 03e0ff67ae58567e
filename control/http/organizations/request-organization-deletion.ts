import { HoldfastError, requestOrganizationDeletion } from '@holdfast/api';
import { isUniqueViolation, transaction } from '@holdfast/db/control';
import { actorOf, invalid } from '@holdfast/endpoints';
import { queueAccountMail } from '../../accounts/account-mail.ts';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const requestOrganizationDeletionHandler = implement(requestOrganizationDeletion, async (call, { db, queue, settings }) => {
  const { body, caller, organization, origin } = call;
  if (body.confirm.normalize('NFC').trim() !== organization.name) {
    throw invalid([{ field: 'confirm', detail: `Type the name of the organization as it is: ${organization.name}` }]);
  }
  try {
    const deletesAt = await transaction(db, async (tx) => {
      const { delete_at: at } = await tx
        .insertInto('organization_deletion')
        .values({ organization_id: organization.id, requested_by: JSON.stringify(actorOf(caller)) })
        .returning('delete_at')
        .executeTakeFirstOrThrow();
      const owners = await tx
        .selectFrom('auth.member as member')
        .innerJoin('auth.user as user', 'user.id', 'member.userId')
        .select(['user.name', 'user.email'])
        .where('member.organizationId', '=', organization.id)
        .where('member.role', '=', 'owner')
        .execute();
      for (const owner of owners) {
        await queueAccountMail(tx, queue, {
          kind: 'organization-deletion',
          recipient: owner.email,
          detail: { name: owner.name, organization: organization.name, by: actorOf(caller).name, at: at.toISOString() },
          consoleUrl: settings.publicUrl,
        });
      }
      await record(
        tx,
        organization.id,
        { caller, origin },
        {
          action: 'organization.delete',
          target: { kind: 'organization', id: organization.id, name: organization.name },
          detail: { deletesAt: at.toISOString() },
        },
      );
      return at;
    });
    return { status: 202, body: { deletesAt: deletesAt.toISOString() } };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new HoldfastError('deletion_pending', `The deletion of ${organization.name} is asked for already.`);
  }
});
