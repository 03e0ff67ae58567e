import { invalid, newToken, replaceTriggerToken } from '@holdfast/api';
import { hashToken, transaction, triggerDefinitions } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { lockTrigger } from '../../triggers/lock-trigger.ts';
import { readTrigger } from '../../triggers/read-triggers.ts';
import { implement } from '../implement.ts';

export const replaceTriggerTokenHandler = implement(
  replaceTriggerToken,
  async ({ caller, organization, origin, params }, { db, settings }) => {
    const token = newToken('upload');
    await transaction(db, async (tx) => {
      const { id, name, kind, workflow } = await lockTrigger(tx, organization.id, params.workflow, params.trigger);
      if (kind !== 'upload') throw invalid([{ field: 'trigger', detail: 'Only an upload address has a token.' }]);
      await tx
        .updateTable('workflow_trigger')
        .set({ token_hash: hashToken(token), updated_at: sql`now()`, updated_by: actorOf(caller) })
        .where('organization_id', '=', organization.id)
        .where('id', '=', id)
        .execute();
      const context = { project: workflow.projectName, workflow: workflow.name };
      await record(
        tx,
        organization.id,
        { caller, origin },
        {
          action: 'trigger.replace-token',
          target: { kind: 'trigger', id, name },
          context,
          definitions: await triggerDefinitions(tx, organization.id, [id]),
        },
      );
    });
    const shown = { dataPublicUrl: settings.dataPublicUrl };
    return { status: 201, body: { ...(await readTrigger(db, organization.id, params.workflow, params.trigger, shown)), token } };
  },
);
