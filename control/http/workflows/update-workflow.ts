import { updateWorkflow } from '@holdfast/api';
import { lockWorkflow, transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { checkWorkflow, writeSteps } from '../../workflows/write-workflow.ts';
import { implement } from '../implement.ts';

export const updateWorkflowHandler = implement(updateWorkflow, async ({ body, caller, organization, origin, params }, { db }) => {
  const { name, description } = body;
  await refuseTakenName('workflow_name', name, () =>
    transaction(db, async (tx) => {
      const { id, projectId, projectName } = await lockWorkflow(tx, organization.id, params.workflow);
      const { source, steps } = await checkWorkflow(
        tx,
        { organizationId: organization.id, organizationSlug: organization.slug, projectId },
        body,
      );
      await tx
        .updateTable('workflow')
        .set({ name, description, source })
        .where('organization_id', '=', organization.id)
        .where('id', '=', id)
        .execute();
      await writeSteps(tx, organization.id, id, steps);
      const target = { kind: 'workflow', id, name };
      await record(tx, organization.id, { caller, origin }, { action: 'workflow.update', target, context: { project: projectName } });
    }),
  );
  return { status: 200, body: await readWorkflow(db, organization.id, params.workflow) };
});
