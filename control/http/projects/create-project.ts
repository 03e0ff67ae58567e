import { createProject } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { requireRoomFor } from '../../components/limits.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { readProject } from '../../projects/read-projects.ts';
import { implement } from '../implement.ts';

export const createProjectHandler = implement(createProject, async ({ body, caller, organization, origin }, { db }) => {
  const id = uuidv7();
  await refuseTakenName('project_name', body.name, () =>
    transaction(db, async (tx) => {
      await requireRoomFor(tx, organization.id, 'project');
      await tx
        .insertInto('project')
        .values({ organization_id: organization.id, id, ...body, created_by: actorOf(caller) })
        .execute();
      await record(tx, organization.id, { caller, origin }, { action: 'project.create', target: { kind: 'project', id, name: body.name } });
    }),
  );
  return { status: 201, body: await readProject(db, organization.id, id) };
});
