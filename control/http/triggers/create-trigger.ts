import { createTrigger, HoldfastError, may, newToken, TRIGGERS_PER_WORKFLOW } from '@holdfast/api';
import { hashToken, lockWorkflow, transaction, triggerDefinitions } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { checkSettings } from '../../triggers/check-settings.ts';
import { readTrigger } from '../../triggers/read-triggers.ts';
import { bindSigningSecret } from '../../triggers/signing-secret.ts';
import { implement } from '../implement.ts';

export const createTriggerHandler = implement(createTrigger, async ({ body, caller, organization, origin, params }, { db, settings }) => {
  const id = uuidv7();
  const actor = actorOf(caller);
  const { name, enabled, settings: sent } = body;
  const token = sent.kind === 'upload' ? newToken('upload') : null;
  await refuseTakenName('workflow_trigger_name', name, () =>
    transaction(db, async (tx) => {
      const workflow = await lockWorkflow(tx, organization.id, params.workflow);
      const configuration = checkSettings(sent, workflow);
      const { count } = await tx
        .selectFrom('workflow_trigger')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('organization_id', '=', organization.id)
        .where('workflow_id', '=', workflow.id)
        .executeTakeFirstOrThrow();
      if (count >= TRIGGERS_PER_WORKFLOW) {
        throw new HoldfastError('quota_exceeded', `“${workflow.name}” has ${count} triggers, which is the limit.`);
      }
      await tx
        .insertInto('workflow_trigger')
        .values({
          organization_id: organization.id,
          id,
          workflow_id: workflow.id,
          kind: sent.kind,
          name,
          enabled,
          configuration: JSON.stringify(configuration),
          token_hash: token === null ? null : hashToken(token),
          token_expires_at: sent.kind === 'upload' && sent.expiresAt !== null ? new Date(sent.expiresAt) : null,
          created_by: actor,
          updated_by: actor,
        })
        .execute();
      if (sent.kind === 'webhook') {
        const seesAllSecrets = may(organization.rights, 'secrets:read');
        const place = { organizationId: organization.id, id, projectId: workflow.projectId, seesAllSecrets };
        await bindSigningSecret(tx, place, sent.secretName);
      }
      await record(
        tx,
        organization.id,
        { caller, origin },
        {
          action: 'trigger.create',
          target: { kind: 'trigger', id, name },
          context: { project: workflow.projectName, workflow: workflow.name },
          detail: { kind: sent.kind, enabled },
          definitions: await triggerDefinitions(tx, organization.id, [id]),
        },
      );
    }),
  );
  const shown = { dataPublicUrl: settings.dataPublicUrl };
  return { status: 201, body: { ...(await readTrigger(db, organization.id, params.workflow, id, shown)), token } };
});
