import { HoldfastError, type KeptDays, may } from '@holdfast/api';
import { announceWaitingRuns, type Tx } from '@holdfast/db/control';
import type { Organization } from '../accounts/membership.ts';
import type { AuditEntry } from '../audit/record.ts';
import type { ChangingWorkflow } from './change-workflow.ts';

/** What holds for a workflow at once, whichever version runs; `undefined` stays as it is. */
export interface WorkflowSettings {
  readonly maximumRuns?: number | undefined;
  readonly kept?: KeptDays | undefined;
}

export type StoredWorkflow = Pick<ChangingWorkflow, 'organizationId' | 'id' | 'name' | 'projectName' | 'maximumRuns' | 'kept'>;

/**
 * Writes what is different.
 *
 * @param rights of who changes it.
 * @returns what goes on the record; nothing when nothing is different.
 * @throws HoldfastError `forbidden` when `kept` is different and the caller may not change how long things
 *   are kept.
 */
export async function saveSettings(
  tx: Tx,
  workflow: StoredWorkflow,
  wanted: WorkflowSettings,
  rights: Organization['rights'],
): Promise<AuditEntry[]> {
  const { organizationId, id, name, projectName } = workflow;
  const { maximumRuns = workflow.maximumRuns, kept = workflow.kept } = wanted;
  const limits = maximumRuns !== workflow.maximumRuns;
  const keeps = KEPT.some((days) => kept[days] !== workflow.kept[days]);
  if (!limits && !keeps) return [];
  if (keeps && !may(rights, 'retention:write')) {
    throw new HoldfastError('forbidden', 'Owners and admins change how long documents, logs and runs are kept.', {
      field: 'kept',
      remedy: 'Leave “kept” out, or send it as it is; or ask an owner or admin.',
    });
  }
  await tx
    .updateTable('workflow')
    .set({ maximum_runs: maximumRuns, document_days: kept.documentDays, log_days: kept.logDays, run_days: kept.runDays })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
  if (limits) await announceWaitingRuns(tx);
  const about = { target: { kind: 'workflow', id, name }, context: { project: projectName } };
  return [
    ...(limits ? [{ action: 'workflow.limit' as const, ...about, detail: { maximumRuns } }] : []),
    ...(keeps ? [{ action: 'workflow.set-retention' as const, ...about, detail: { ...kept } }] : []),
  ];
}

const KEPT = ['documentDays', 'logDays', 'runDays'] as const;
