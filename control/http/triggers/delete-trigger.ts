import { deleteTrigger } from '@holdfast/api';
import { deleteRows, transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { lockTrigger } from '../../triggers/lock-trigger.ts';
import { implement } from '../implement.ts';

export const deleteTriggerHandler = implement(deleteTrigger, async ({ caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const { id, name, workflow } = await lockTrigger(tx, organization.id, params.workflow, params.trigger);
    // Its binding, token and state go with it.
    await deleteRows(tx, 'workflow_trigger', organization.id, [id]);
    await record(
      tx,
      organization.id,
      { caller, origin },
      {
        action: 'trigger.delete',
        target: { kind: 'trigger', id, name },
        context: { project: workflow.projectName, workflow: workflow.name },
        definitions: [{ kind: 'trigger', id, digest: null }],
      },
    );
  });
  return { status: 204 };
});
