import { HoldfastError, type KeptDays } from '@holdfast/api';
import { type Actor, type LockedWorkflow, lockWorkflow, type Tx } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { staleRevisions } from '../if-match.ts';

/** A workflow that is about to be changed, with all that people set of it. */
export interface ChangingWorkflow extends LockedWorkflow {
  readonly organizationId: string;
  readonly description: string;
  /** As somebody wrote it. */
  readonly yaml: string | null;
  /** Counts what people change. */
  readonly revision: number;
  readonly updatedAt: Date | null;
  readonly updatedBy: Actor | null;
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

/**
 * Throws `precondition_failed` when a change begins from another revision than the present one, with who
 * saved it.
 *
 * @param ifMatch the header of the request: see {@link staleRevisions}.
 */
export function requireRevision({ name, revision, updatedAt, updatedBy }: ChangingWorkflow, ifMatch: string | undefined): void {
  const since = staleRevisions(ifMatch, revision);
  if (since !== undefined) {
    const who = updatedBy === null ? '' : ` by ${personOf(updatedBy).name}`;
    const when = updatedAt === null ? '' : ` at ${updatedAt.toISOString()}`;
    throw new HoldfastError(
      'precondition_failed',
      `“${name}” was changed${who}${when}: it is at revision ${revision}, and this change begins from ${since.join(' or ')}.`,
      { field: 'if-match', remedy: 'Read the workflow again, look at what was changed, and repeat your change.' },
    );
  }
}
