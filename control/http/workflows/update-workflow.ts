import { updateWorkflow } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { countChange, lockForChange } from '../../workflows/change-workflow.ts';
import { checkDefinition } from '../../workflows/check-definition.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { definitionsEqual, saveDefinition } from '../../workflows/save-definition.ts';
import { saveSettings } from '../../workflows/save-settings.ts';
import { requireNoCredential } from '../../workflows/yaml.ts';
import { tagRevision } from '../etag.ts';
import { implement } from '../implement.ts';

/** Name, description and settings count at once; versions hold what the workflow does. */
export const updateWorkflowHandler = implement(
  updateWorkflow,
  async ({ body, caller, headers, organization, origin, params, reply }, { db }) => {
    const { name, description, publish, note } = body;
    requireNoCredential(body.yaml);
    const actor = actorOf(caller);
    await refuseTakenName('workflow_name', name, () =>
      transaction(db, async (tx) => {
        const former = await lockForChange(tx, organization.id, params.workflow);
        const { id, projectId, projectName, draft, published } = former;
        const latest = draft ?? published?.definition;
        const place = { organizationId: organization.id, organizationSlug: organization.slug, projectId };
        const definition = await checkDefinition(tx, place, body, latest);
        const workflow = { ...former, name };
        const settings = await saveSettings(tx, workflow, body, organization.rights);
        const { yaml = former.yaml } = body;
        const detailsUnchanged =
          name === former.name && description === former.description && yaml === former.yaml && settings.length === 0;
        const definitionUnchanged = latest !== undefined && definitionsEqual(latest, definition) && !(publish && draft !== null);
        // A request that comes again has changed what it wanted already.
        if (!detailsUnchanged || !definitionUnchanged) await countChange(tx, former, actor, headers['if-match']);
        await tx
          .updateTable('workflow')
          .set({ name, description, yaml })
          .where('organization_id', '=', organization.id)
          .where('id', '=', id)
          .execute();
        const version = await saveDefinition(tx, workflow, definition, { publish, note, actor });
        const target = { kind: 'workflow', id, name };
        const updated = { action: 'workflow.update' as const, target, context: { project: projectName } };
        await record(tx, organization.id, { caller, origin }, updated, ...version, ...settings);
      }),
    );
    const changed = await readWorkflow(db, organization.id, params.workflow);
    tagRevision(reply, changed);
    return { status: 200, body: changed };
  },
);
