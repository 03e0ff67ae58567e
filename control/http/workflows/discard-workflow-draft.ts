import { discardWorkflowDraft, HoldfastError } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { countChange, lockForChange } from '../../workflows/change-workflow.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { saveDefinition } from '../../workflows/save-definition.ts';
import { tagRevision } from '../etag.ts';
import { implement } from '../implement.ts';

export const discardWorkflowDraftHandler = implement(
  discardWorkflowDraft,
  async ({ caller, headers, organization, origin, params, reply }, { db }) => {
    await transaction(db, async (tx) => {
      const workflow = await lockForChange(tx, organization.id, params.workflow);
      const { id, name, projectName, draft, published } = workflow;
      if (draft === null) return;
      if (published === undefined) {
        throw new HoldfastError('workflow_not_published', `“${name}” has no version yet: without its draft nothing would be left.`, {
          remedy: 'Publish the draft, or delete the workflow.',
        });
      }
      const actor = actorOf(caller);
      await countChange(tx, workflow, actor, headers['if-match']);
      await saveDefinition(tx, workflow, published.definition, { publish: false, note: '', actor });
      const target = { kind: 'workflow', id, name };
      const context = { project: projectName };
      await record(tx, organization.id, { caller, origin }, { action: 'workflow.discard-draft', target, context });
    });
    const changed = await readWorkflow(db, organization.id, params.workflow);
    tagRevision(reply, changed);
    return { status: 200, body: changed };
  },
);
