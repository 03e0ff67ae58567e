import { HoldfastError, updateProject } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { invalid } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { readProject } from '../../projects/read-projects.ts';
import { implement } from '../implement.ts';

export const updateProjectHandler = implement(updateProject, async ({ body, caller, organization, origin, params }, { db }) => {
  const changes = {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.description === undefined ? {} : { description: body.description }),
  };
  const fields = Object.keys(changes).sort();
  if (fields.length === 0) throw invalid([{ field: '', detail: 'Name at least one field to change.' }]);
  await refuseTakenName('project_name', body.name ?? '', () =>
    transaction(db, async (tx) => {
      const project = await tx
        .updateTable('project')
        .set(changes)
        .where('organization_id', '=', organization.id)
        .where('id', '=', params.project)
        .returning(['id', 'name'])
        .executeTakeFirst();
      if (project === undefined) throw new HoldfastError('not_found', 'The organization has no such project.');
      const target = { kind: 'project', ...project };
      await record(tx, organization.id, { caller, origin }, { action: 'project.update', target, detail: { fields } });
    }),
  );
  return { status: 200, body: await readProject(db, organization.id, params.project) };
});
