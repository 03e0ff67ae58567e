import { invalid, may, updateTrigger } from '@holdfast/api';
import { transaction, triggerDefinitions } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { checkSettings } from '../../triggers/check-settings.ts';
import { lockTrigger } from '../../triggers/lock-trigger.ts';
import { readTrigger } from '../../triggers/read-triggers.ts';
import { bindSigningSecret } from '../../triggers/signing-secret.ts';
import { implement } from '../implement.ts';

export const updateTriggerHandler = implement(updateTrigger, async ({ body, caller, organization, origin, params }, { db, settings }) => {
  const { name, enabled, settings: sent } = body;
  await refuseTakenName('workflow_trigger_name', name ?? '', () =>
    transaction(db, async (tx) => {
      const former = await lockTrigger(tx, organization.id, params.workflow, params.trigger);
      const { workflow } = former;
      if (sent !== undefined && sent.kind !== former.kind) {
        throw invalid(
          [{ field: 'settings.kind', detail: `The trigger is of the kind ${former.kind}, which stays.` }],
          'Add another trigger, and delete this one.',
        );
      }
      const configuration = sent && checkSettings(sent, workflow);
      await tx
        .updateTable('workflow_trigger')
        .set({
          ...(name !== undefined && { name }),
          ...(enabled !== undefined && { enabled }),
          ...(configuration !== undefined && { configuration: JSON.stringify(configuration) }),
          ...(sent?.kind === 'upload' && { token_expires_at: sent.expiresAt === null ? null : new Date(sent.expiresAt) }),
          revision: former.revision + 1,
          updated_at: sql`now()`,
          updated_by: actorOf(caller),
        })
        .where('organization_id', '=', organization.id)
        .where('id', '=', former.id)
        .execute();
      if (sent?.kind === 'webhook') {
        const seesAllSecrets = may(organization.rights, 'secrets:read');
        const place = { organizationId: organization.id, id: former.id, projectId: workflow.projectId, seesAllSecrets };
        await bindSigningSecret(tx, place, sent.secretName);
      }
      await record(
        tx,
        organization.id,
        { caller, origin },
        {
          action: 'trigger.update',
          target: { kind: 'trigger', id: former.id, name: name ?? former.name },
          context: { project: workflow.projectName, workflow: workflow.name },
          detail: {
            ...(enabled !== undefined && enabled !== former.enabled && { enabled }),
            ...(name !== undefined && name !== former.name && { renamedFrom: former.name }),
            ...(sent !== undefined && { settings: true }),
          },
          definitions: await triggerDefinitions(tx, organization.id, [former.id]),
        },
      );
    }),
  );
  const shown = { dataPublicUrl: settings.dataPublicUrl };
  return { status: 200, body: await readTrigger(db, organization.id, params.workflow, params.trigger, shown) };
});
