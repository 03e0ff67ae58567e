import { deleteWorkflow, HoldfastError } from '@holdfast/api';
import { documentsDetail } from '@holdfast/audit';
import { deleteRows, transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { requireRevision } from '../../if-match.ts';
import { lockForChange } from '../../workflows/change-workflow.ts';
import { implement } from '../implement.ts';

export const deleteWorkflowHandler = implement(deleteWorkflow, async ({ caller, headers, organization, origin, params }, { deletions }) => {
  await transaction(deletions, async (tx) => {
    const workflow = await lockForChange(tx, organization.id, params.workflow);
    requireRevision(workflow, headers['if-match']);
    const { id, name, projectName } = workflow;
    const active = await tx
      .selectFrom('run')
      .select('number')
      .where('organization_id', '=', organization.id)
      .where('workflow_id', '=', id)
      .where('status', 'in', ['queued', 'running'])
      .limit(1)
      .executeTakeFirst();
    if (active !== undefined) throw new HoldfastError('run_active', `Run ${active.number} of “${name}” is under way.`);
    // Chunks are large and have no foreign key; they go with the documents of the runs.
    const documents = await tx
      .selectFrom('document')
      .innerJoin('run', (join) =>
        join.onRef('run.organization_id', '=', 'document.organization_id').onRef('run.id', '=', 'document.run_id'),
      )
      .select(['document.id', 'document.size', 'document.sha256'])
      .where('run.organization_id', '=', organization.id)
      .where('run.workflow_id', '=', id)
      .execute();
    await deleteRows(
      tx,
      'document_chunk',
      organization.id,
      documents.map((document) => document.id),
    );
    const triggers = await tx
      .selectFrom('workflow_trigger')
      .select('id')
      .where('organization_id', '=', organization.id)
      .where('workflow_id', '=', id)
      .execute();
    await deleteRows(tx, 'workflow', organization.id, [id]);
    const target = { kind: 'workflow', id, name };
    await record(
      tx,
      organization.id,
      { caller, origin },
      {
        action: 'workflow.delete',
        target,
        context: { project: projectName },
        detail: documentsDetail(documents),
        definitions: triggers.map((trigger) => ({ kind: 'trigger' as const, id: trigger.id, digest: null })),
      },
    );
  });
  return { status: 204 };
});
