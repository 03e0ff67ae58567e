import { locking, mailWaitingDestinations, transaction } from '@holdfast/db/data';
import type { RequestApproval } from '../values/wanted-use.ts';
import type { BoundComponent } from './load-component.ts';

/**
 * Puts a destination among those that wait for an owner or admin, who are mailed of it, unless it stands
 * there already, in whatever state.
 */
export function requestApprovalFor({ id, name, bindings }: BoundComponent): RequestApproval {
  return async ({ db, queue }, { organizationId, actor }, { secretId, destination }, occasion) => {
    await transaction(db, async (tx) => {
      locking(tx, 'destination');
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('secret_destination')
        .values({
          organization_id: organizationId,
          secret_id: secretId,
          destination,
          state: 'requested',
          asked_by: JSON.stringify(actor),
          component_id: id,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows !== 1n) return;
      const secretName = bindings.find(({ secret }) => secret?.id === secretId)?.secret?.name ?? null;
      const asked = { by: actor.name, component: name, occasion };
      await mailWaitingDestinations(tx, queue, organizationId, [{ secretName, destination }], asked);
    });
  };
}
