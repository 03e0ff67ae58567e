import { createOrganization, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { insertOrganization, waitForSealingKey } from '../../organizations/organizations.ts';
import { implement } from '../implement.ts';

/** Of one person; an operator who needs more can make another account. */
const ORGANIZATIONS_PER_OWNER = 50;

export const createOrganizationHandler = implement(createOrganization, async ({ body, caller, origin }, { db, queue }) => {
  if (caller.kind === 'token') {
    throw new HoldfastError('forbidden', 'A token acts in its own organization only.', { remedy: 'Make the organization in the console.' });
  }
  const id = await transaction(db, async (tx) => {
    const { count } = await tx
      .selectFrom('auth.member')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('userId', '=', caller.user.id)
      .where('role', '=', 'owner')
      .executeTakeFirstOrThrow();
    if (count >= ORGANIZATIONS_PER_OWNER) {
      throw new HoldfastError('quota_exceeded', `You own ${count} organizations already.`);
    }
    const organizationId = await insertOrganization(tx, queue, body, caller.user.id);
    await record(
      tx,
      organizationId,
      { caller, origin },
      {
        action: 'organization.create',
        target: { kind: 'organization', id: organizationId, name: body.name },
      },
    );
    return organizationId;
  });
  await waitForSealingKey(db, id);
  return { status: 201, body: { id, ...body } };
});
