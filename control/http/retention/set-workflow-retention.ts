import { setWorkflowRetention } from '@holdfast/api';
import { lockWorkflow, transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { implement } from '../implement.ts';

export const setWorkflowRetentionHandler = implement(
  setWorkflowRetention,
  async ({ body, caller, organization, origin, params }, { db }) => {
    const { documentDays, logDays, runDays } = body;
    await transaction(db, async (tx) => {
      const { id, name, projectName } = await lockWorkflow(tx, organization.id, params.workflow);
      await tx
        .updateTable('workflow')
        .set({ document_days: documentDays, log_days: logDays, run_days: runDays })
        .where('organization_id', '=', organization.id)
        .where('id', '=', id)
        .execute();
      const target = { kind: 'workflow', id, name };
      const context = { project: projectName };
      await record(tx, organization.id, { caller, origin }, { action: 'workflow.set-retention', target, context, detail: body });
    });
    return { status: 200, body: await readWorkflow(db, organization.id, params.workflow) };
  },
);
