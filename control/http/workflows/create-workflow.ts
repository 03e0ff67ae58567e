import { createWorkflow } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { requireRoomFor } from '../../components/limits.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { readWorkflow } from '../../workflows/read-workflows.ts';
import { checkWorkflow, writeSteps } from '../../workflows/write-workflow.ts';
import { implement } from '../implement.ts';

export const createWorkflowHandler = implement(createWorkflow, async ({ body, caller, organization, origin }, { db }) => {
  const id = uuidv7();
  const { projectId, name, description } = body;
  await refuseTakenName('workflow_name', name, () =>
    transaction(db, async (tx) => {
      await requireRoomFor(tx, organization.id, 'workflow');
      const project = await requireProject(tx, organization.id, projectId.toLowerCase());
      const place = { organizationId: organization.id, organizationSlug: organization.slug, projectId: project.id };
      const { source, steps } = await checkWorkflow(tx, place, body);
      await tx
        .insertInto('workflow')
        .values({ organization_id: organization.id, id, project_id: project.id, name, description, source, created_by: actorOf(caller) })
        .execute();
      await writeSteps(tx, organization.id, id, steps);
      const target = { kind: 'workflow', id, name };
      await record(tx, organization.id, { caller, origin }, { action: 'workflow.create', target, context: { project: project.name } });
    }),
  );
  return { status: 201, body: await readWorkflow(db, organization.id, id) };
});
