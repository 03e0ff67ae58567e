import { updateOrganization } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const updateOrganizationHandler = implement(updateOrganization, async ({ body, caller, organization, origin }, { db }) => {
  if (body.name === organization.name) return { status: 204 };
  await transaction(db, async (tx) => {
    await tx.updateTable('auth.organization').set({ name: body.name }).where('id', '=', organization.id).execute();
    await record(
      tx,
      organization.id,
      { caller, origin },
      {
        action: 'organization.rename',
        target: { kind: 'organization', id: organization.id, name: body.name },
        detail: { from: organization.name, to: body.name },
      },
    );
  });
  return { status: 204 };
});
