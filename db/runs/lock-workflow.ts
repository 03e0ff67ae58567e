import { HoldfastError } from '@holdfast/api';
import type { InTransaction } from '../connection/statements.ts';
import { asEitherPlane } from '../either-plane.ts';
import { locking } from '../lock-order.ts';
import type { WorkflowDefinition } from '../stored-json.ts';

/** A version that was published. */
export interface PublishedVersion {
  readonly number: number;
  readonly definition: WorkflowDefinition;
}

export interface LockedWorkflow {
  readonly id: string;
  readonly name: string;
  /** What was saved and is not published. */
  readonly draft: WorkflowDefinition | null;
  /** The newest version; `undefined` while none was published. */
  readonly published: PublishedVersion | undefined;
  readonly nextRunNumber: number;
  readonly projectId: string;
  readonly projectName: string;
}

/** Keeps other changes and starts of the workflow waiting until the transaction ends. Throws `not_found`. */
export async function lockWorkflow(within: InTransaction, organizationId: string, workflowId: string): Promise<LockedWorkflow> {
  const tx = asEitherPlane(within);
  locking(tx, 'workflow');
  const workflow = await tx
    .selectFrom('workflow')
    .innerJoin('project', (join) =>
      join.onRef('project.organization_id', '=', 'workflow.organization_id').onRef('project.id', '=', 'workflow.project_id'),
    )
    .select([
      'workflow.id',
      'workflow.name',
      'workflow.draft',
      'workflow.next_run_number as nextRunNumber',
      'project.id as projectId',
      'project.name as projectName',
    ])
    .where('workflow.organization_id', '=', organizationId)
    .where('workflow.id', '=', workflowId)
    .forUpdate('workflow')
    .executeTakeFirst();
  if (workflow === undefined) throw workflowNotFound();
  // Read once the row is locked: a version that was published meanwhile counts.
  const published = await tx
    .selectFrom('workflow_version')
    .select(['number', 'definition'])
    .where('organization_id', '=', organizationId)
    .where('workflow_id', '=', workflowId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { ...workflow, published };
}

/** The one answer for a workflow that does not exist and for another organization's: `not_found`. */
export function workflowNotFound(): HoldfastError {
  return new HoldfastError('not_found', 'The organization has no such workflow.');
}
