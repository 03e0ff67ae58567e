import { HoldfastError, publishWorkflow } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { countChange, lockForChange } from '../../workflows/change-workflow.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { saveDefinition } from '../../workflows/save-definition.ts';
import { tagRevision } from '../etag.ts';
import { implement } from '../implement.ts';

export const publishWorkflowHandler = implement(
  publishWorkflow,
  async ({ body, caller, headers, organization, origin, params, reply }, { db }) => {
    await transaction(db, async (tx) => {
      const workflow = await lockForChange(tx, organization.id, params.workflow);
      if (workflow.draft === null) throw new HoldfastError('nothing_to_publish', `“${workflow.name}” has no draft.`);
      const how = { publish: true, note: body.note, actor: actorOf(caller) };
      await countChange(tx, workflow, how.actor, headers['if-match']);
      const published = await saveDefinition(tx, workflow, workflow.draft, how);
      await record(tx, organization.id, { caller, origin }, ...published);
    });
    const changed = await readWorkflow(db, organization.id, params.workflow);
    tagRevision(reply, changed);
    return { status: 200, body: changed };
  },
);
