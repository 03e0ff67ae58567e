import type { KeptDays } from '@holdfast/api';
import { type Actor, type LockedWorkflow, lockWorkflow, type Tx } from '@holdfast/db/control';
import { sql } from 'kysely';
import { type Revised, requireRevision } from '../if-match.ts';

/** A workflow that is about to be changed, with all that people set of it. */
export interface ChangingWorkflow extends LockedWorkflow, Revised {
  readonly organizationId: string;
  readonly description: string;
  /** As somebody wrote it. */
  readonly yaml: string | null;
  /** Counts what people change. */
  readonly revision: number;
  readonly maximumRuns: number;
  readonly kept: KeptDays;
}

/** Keeps other changes waiting until the transaction ends. Throws `not_found`. */
export async function lockForChange(tx: Tx, organizationId: string, workflowId: string): Promise<ChangingWorkflow> {
  const locked = await lockWorkflow(tx, organizationId, workflowId);
  const { documentDays, logDays, runDays, ...row } = await tx
    .selectFrom('workflow')
    .select([
      'description',
      'yaml',
      'revision',
      'updated_at as updatedAt',
      'updated_by as updatedBy',
      'maximum_runs as maximumRuns',
      'document_days as documentDays',
      'log_days as logDays',
      'run_days as runDays',
    ])
    .where('organization_id', '=', organizationId)
    .where('id', '=', workflowId)
    .executeTakeFirstOrThrow();
  return { ...locked, ...row, organizationId, kept: { documentDays, logDays, runDays } };
}

/** Counts a change of the workflow, from the revision of {@link requireRevision}. */
export async function countChange(tx: Tx, workflow: ChangingWorkflow, actor: Actor, ifMatch?: string): Promise<void> {
  requireRevision(workflow, ifMatch);
  const { organizationId, id, revision } = workflow;
  await tx
    .updateTable('workflow')
    .set({ revision: revision + 1, updated_at: sql`now()`, updated_by: actor })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}
