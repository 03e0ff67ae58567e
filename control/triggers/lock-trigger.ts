import { HoldfastError } from '@holdfast/api';
import { type LockedWorkflow, locking, lockWorkflow, type TriggerConfiguration, type Tx } from '@holdfast/db/control';

export interface LockedTrigger {
  readonly id: string;
  readonly name: string;
  readonly kind: TriggerConfiguration['kind'];
  readonly enabled: boolean;
  readonly revision: number;
  readonly workflow: LockedWorkflow;
}

/**
 * Keeps other changes of the trigger and of its workflow waiting until the transaction ends. Throws
 * `not_found`.
 */
export async function lockTrigger(tx: Tx, organizationId: string, workflowId: string, triggerId: string): Promise<LockedTrigger> {
  const workflow = await lockWorkflow(tx, organizationId, workflowId);
  locking(tx, 'trigger');
  const trigger = await tx
    .selectFrom('workflow_trigger')
    .select(['id', 'name', 'kind', 'enabled', 'revision'])
    .where('organization_id', '=', organizationId)
    .where('workflow_id', '=', workflowId)
    .where('id', '=', triggerId)
    .forUpdate()
    .executeTakeFirst();
  if (trigger === undefined) throw triggerNotFound();
  return { ...trigger, workflow };
}

export function triggerNotFound(): HoldfastError {
  return new HoldfastError('not_found', 'The workflow has no such trigger.');
}
