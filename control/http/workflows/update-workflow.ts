import { updateWorkflow } from '@holdfast/api';
import { lockWorkflow, transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { checkDefinition } from '../../workflows/check-definition.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { saveDefinition } from '../../workflows/save-definition.ts';
import { implement } from '../implement.ts';

/** Name and description count at once; versions hold what the workflow does. */
export const updateWorkflowHandler = implement(updateWorkflow, async ({ body, caller, organization, origin, params }, { db }) => {
  const { name, description, publish, note } = body;
  await refuseTakenName('workflow_name', name, () =>
    transaction(db, async (tx) => {
      const { id, projectId, projectName, draft, published } = await lockWorkflow(tx, organization.id, params.workflow);
      const place = { organizationId: organization.id, organizationSlug: organization.slug, projectId };
      const definition = await checkDefinition(tx, place, body, draft ?? published?.definition);
      await tx
        .updateTable('workflow')
        .set({ name, description })
        .where('organization_id', '=', organization.id)
        .where('id', '=', id)
        .execute();
      const workflow = { organizationId: organization.id, id, name, projectName, published };
      const version = await saveDefinition(tx, workflow, definition, { publish, note, actor: actorOf(caller) });
      const target = { kind: 'workflow', id, name };
      const updated = { action: 'workflow.update' as const, target, context: { project: projectName } };
      await record(tx, organization.id, { caller, origin }, updated, ...version);
    }),
  );
  return { status: 200, body: await readWorkflow(db, organization.id, params.workflow) };
});
