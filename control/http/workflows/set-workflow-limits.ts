import { setWorkflowLimits } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { countChange, lockForChange } from '../../workflows/change-workflow.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { saveSettings } from '../../workflows/save-settings.ts';
import { tagRevision } from '../etag.ts';
import { implement } from '../implement.ts';

export const setWorkflowLimitsHandler = implement(
  setWorkflowLimits,
  async ({ body, caller, headers, organization, origin, params, reply }, { db }) => {
    await transaction(db, async (tx) => {
      const workflow = await lockForChange(tx, organization.id, params.workflow);
      const entries = await saveSettings(tx, workflow, body, organization.rights);
      if (entries.length === 0) return;
      await countChange(tx, workflow, actorOf(caller), headers['if-match']);
      await record(tx, organization.id, { caller, origin }, ...entries);
    });
    const changed = await readWorkflow(db, organization.id, params.workflow);
    tagRevision(reply, changed);
    return { status: 200, body: changed };
  },
);
