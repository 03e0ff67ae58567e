import { cancelRun, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { runNotFound } from '../../runs/read-runs.ts';
import { implement } from '../implement.ts';

export const cancelRunHandler = implement(cancelRun, async ({ caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const run = await tx
      .selectFrom('run')
      .innerJoin('workflow', (join) =>
        join.onRef('workflow.organization_id', '=', 'run.organization_id').onRef('workflow.id', '=', 'run.workflow_id'),
      )
      .select(['run.id', 'run.number', 'run.status', 'run.cancel_requested', 'workflow.name'])
      .where('run.organization_id', '=', organization.id)
      .where('run.id', '=', params.run)
      .executeTakeFirst();
    if (run === undefined) throw runNotFound();
    const name = `${run.name} #${run.number}`;
    // Decided by the database in the same statement: the run may end while this request is under way.
    const asked = await tx
      .updateTable('run')
      .set({ cancel_requested: true })
      .where('organization_id', '=', organization.id)
      .where('id', '=', run.id)
      .where('status', 'in', ['queued', 'running'])
      .executeTakeFirst();
    if (asked.numUpdatedRows === 0n) throw new HoldfastError('run_not_active', `“${name}” has ended already.`);
    if (run.cancel_requested) return;
    const context = { workflow: run.name, run: run.id };
    await record(tx, organization.id, { caller, origin }, { action: 'run.cancel', target: { kind: 'run', id: run.id, name }, context });
  });
  return { status: 202 };
});
