import { locking, type Tx, type WorkflowSource } from '@holdfast/db/control';
import { workflowNotFound } from './read-workflows.ts';

export interface LockedWorkflow {
  readonly id: string;
  readonly name: string;
  readonly source: WorkflowSource;
  readonly nextRunNumber: number;
  readonly projectId: string;
  readonly projectName: string;
}

/** Keeps other changes and starts of the workflow waiting until the transaction ends. Throws `not_found`. */
export async function lockWorkflow(tx: Tx, organizationId: string, workflowId: string): Promise<LockedWorkflow> {
  locking(tx, 'workflow');
  const workflow = await tx
    .selectFrom('workflow')
    .innerJoin('project', (join) =>
      join.onRef('project.organization_id', '=', 'workflow.organization_id').onRef('project.id', '=', 'workflow.project_id'),
    )
    .select([
      'workflow.id',
      'workflow.name',
      'workflow.source',
      'workflow.next_run_number as nextRunNumber',
      'project.id as projectId',
      'project.name as projectName',
    ])
    .where('workflow.organization_id', '=', organizationId)
    .where('workflow.id', '=', workflowId)
    .forUpdate('workflow')
    .executeTakeFirst();
  if (workflow === undefined) throw workflowNotFound();
  return workflow;
}
