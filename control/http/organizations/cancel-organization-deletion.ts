import { cancelOrganizationDeletion, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const cancelOrganizationDeletionHandler = implement(cancelOrganizationDeletion, async ({ caller, organization, origin }, { db }) => {
  await transaction(db, async (tx) => {
    const { rows } = await sql<{ kept: boolean }>`select cancel_organization_deletion(${organization.id}) as kept`.execute(tx);
    if (rows[0]?.kept !== true) throw new HoldfastError('not_found', 'No deletion is asked for that could still be taken back.');
    const target = { kind: 'organization', id: organization.id, name: organization.name };
    await record(tx, organization.id, { caller, origin }, { action: 'organization.cancel-deletion', target });
  });
  return { status: 204 };
});
