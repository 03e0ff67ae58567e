import { createWorkflow, MAXIMUM_RUNS_DEFAULT } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { requireRoomFor } from '../../components/limits.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { checkDefinition } from '../../workflows/check-definition.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { saveDefinition } from '../../workflows/save-definition.ts';
import { saveSettings } from '../../workflows/save-settings.ts';
import { requireNoCredential } from '../../workflows/yaml.ts';
import { implement } from '../implement.ts';

export const createWorkflowHandler = implement(createWorkflow, async ({ body, caller, organization, origin }, { db }) => {
  const id = uuidv7();
  const actor = actorOf(caller);
  const { projectId, name, description, yaml = null, publish, note } = body;
  requireNoCredential(yaml);
  await refuseTakenName('workflow_name', name, () =>
    transaction(db, async (tx) => {
      await requireRoomFor(tx, organization.id, 'workflow');
      const project = await requireProject(tx, organization.id, projectId.toLowerCase());
      const place = { organizationId: organization.id, organizationSlug: organization.slug, projectId: project.id };
      const definition = await checkDefinition(tx, place, body, undefined);
      await tx
        .insertInto('workflow')
        .values({ organization_id: organization.id, id, project_id: project.id, name, description, yaml, created_by: actor })
        .execute();
      const workflow = { organizationId: organization.id, id, name, projectName: project.name, published: undefined };
      const published = await saveDefinition(tx, workflow, definition, { publish, note, actor });
      const target = { kind: 'workflow', id, name };
      const unset = { maximumRuns: MAXIMUM_RUNS_DEFAULT, kept: { documentDays: null, logDays: null, runDays: null } };
      const settings = await saveSettings(tx, { ...workflow, ...unset }, body, organization.rights);
      const created = { action: 'workflow.create' as const, target, context: { project: project.name } };
      await record(tx, organization.id, { caller, origin }, created, ...published, ...settings);
    }),
  );
  return { status: 201, body: await readWorkflow(db, organization.id, id) };
});
