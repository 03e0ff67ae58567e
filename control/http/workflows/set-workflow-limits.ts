import { setWorkflowLimits } from '@holdfast/api';
import { announceWaitingRuns, lockWorkflow, transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { implement } from '../implement.ts';

export const setWorkflowLimitsHandler = implement(setWorkflowLimits, async ({ body, caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const { id, name, projectName } = await lockWorkflow(tx, organization.id, params.workflow);
    await tx
      .updateTable('workflow')
      .set({ maximum_runs: body.maximumRuns })
      .where('organization_id', '=', organization.id)
      .where('id', '=', id)
      .execute();
    await announceWaitingRuns(tx);
    const target = { kind: 'workflow', id, name };
    const context = { project: projectName };
    await record(tx, organization.id, { caller, origin }, { action: 'workflow.limit', target, context, detail: body });
  });
  return { status: 200, body: await readWorkflow(db, organization.id, params.workflow) };
});
