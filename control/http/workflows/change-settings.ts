import type { setWorkflowLimits, Workflow } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, type Call } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import type { Control } from '../../control.ts';
import { countChange, lockForChange } from '../../workflows/change-workflow.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { saveSettings, type WorkflowSettings } from '../../workflows/save-settings.ts';
import { tagRevision } from '../etag.ts';
import type { Access } from '../implement.ts';

type Endpoint = typeof setWorkflowLimits;

/**
 * Changes what holds for a workflow at once, whichever version runs. What changes nothing is neither counted
 * nor recorded, and holds against any `If-Match`.
 */
export async function changeSettings(
  { caller, headers, organization, origin, params, reply }: Omit<Call<Endpoint>, 'body'> & Access<Endpoint>,
  { db }: Control,
  wanted: WorkflowSettings,
): Promise<{ readonly status: 200; readonly body: Workflow }> {
  await transaction(db, async (tx) => {
    const workflow = await lockForChange(tx, organization.id, params.workflow);
    const entries = await saveSettings(tx, workflow, wanted, organization.rights);
    if (entries.length === 0) return;
    await countChange(tx, workflow, actorOf(caller), headers['if-match']);
    await record(tx, organization.id, { caller, origin }, ...entries);
  });
  const changed = await readWorkflow(db, organization.id, params.workflow);
  tagRevision(reply, changed);
  return { status: 200, body: changed };
}
