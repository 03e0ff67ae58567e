import { deleteProject, HoldfastError } from '@holdfast/api';
import { DEFINITIONS_PER_EVENT, deleteRows, locking, secretDefinitions, transaction } from '@holdfast/db/control';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const deleteProjectHandler = implement(deleteProject, async ({ caller, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const project = await tx
      .selectFrom('project')
      .select(['id', 'name'])
      .where('organization_id', '=', organization.id)
      .where('id', '=', params.project)
      .forUpdate()
      .executeTakeFirst();
    if (project === undefined) throw new HoldfastError('not_found', 'The organization has no such project.');
    const { rows } = await sql<{ components: number; workflows: number }>`
      select (select count(*) from component where organization_id = ${organization.id} and project_id = ${project.id}) as components,
        (select count(*) from workflow where organization_id = ${organization.id} and project_id = ${project.id}) as workflows`.execute(tx);
    const { components = 0, workflows = 0 } = rows[0] ?? {};
    if (components + workflows > 0) {
      throw new HoldfastError('project_in_use', `“${project.name}” has ${components} components and ${workflows} workflows.`);
    }
    // Whose scope the project goes out of: nobody changes them until their policies are on the record, or
    // the record would state what the row is not.
    locking(tx, 'secret');
    const scoped = await sql<{ id: string }>`
      select id from secret s where organization_id = ${organization.id} and exists (
        select from secret_scope p where p.organization_id = s.organization_id and p.secret_id = s.id and p.project_id = ${project.id})
      order by id for no key update`.execute(tx);
    // Documents that were uploaded and never run; their chunks are swept by the data plane.
    await deleteRows(tx, 'project', organization.id, [project.id]);
    const secretIds = scoped.rows.map(({ id }) => id);
    for (let first = 0; first === 0 || first < secretIds.length; first += DEFINITIONS_PER_EVENT) {
      const definitions = await secretDefinitions(tx, organization.id, secretIds.slice(first, first + DEFINITIONS_PER_EVENT));
      const target = { kind: 'project', ...project };
      await record(tx, organization.id, { caller, origin }, { action: 'project.delete', target, definitions });
    }
  });
  return { status: 204 };
});
