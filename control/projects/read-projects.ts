import { HoldfastError, type Project } from '@holdfast/api';
import type { Actor, Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { BROKEN_COMPONENT } from '../components/broken-component.ts';
import { limitTo } from '../limit-to.ts';

type ProjectRow = Omit<Project, 'createdAt' | 'createdBy'> & { createdAt: Date; createdBy: Actor; sortKey: string };

/** Projects `p` that fulfil `where`, by name. `sortKey` is what the list's cursor holds. */
export async function readProjects(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(Project & { sortKey: string })[]> {
  const { rows } = await sql<ProjectRow>`
    select p.id, p.name, p.description, p.created_at as "createdAt", p.created_by as "createdBy", lower(p.name) as "sortKey",
      (select count(*) from component c where c.organization_id = p.organization_id and c.project_id = p.id) as components,
      (select count(*) from component c where c.organization_id = p.organization_id and c.project_id = p.id
        and ${BROKEN_COMPONENT}) as "brokenComponents",
      (select count(*) from workflow w where w.organization_id = p.organization_id and w.project_id = p.id) as workflows
    from project p
    where p.organization_id = ${organizationId} and ${where}
    order by lower(p.name)
    limit ${limitTo(limit)}`.execute(db);
  return rows.slice(0, limit).map((row) => ({ ...row, createdAt: row.createdAt.toISOString(), createdBy: personOf(row.createdBy) }));
}

/** Throws `not_found`. */
export async function readProject(db: Kysely<Database>, organizationId: string, projectId: string): Promise<Project> {
  const [project] = await readProjects(db, organizationId, sql`p.id = ${projectId}`, 1);
  if (project === undefined) throw projectNotFound();
  return project;
}

/** Throws `not_found`. Inside a transaction the project stays until that ends. */
export async function requireProject(
  db: Kysely<Database>,
  organizationId: string,
  projectId: string,
): Promise<{ id: string; name: string }> {
  const project = await db
    .selectFrom('project')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', projectId)
    .$if(db.isTransaction, (select) => select.forKeyShare())
    .executeTakeFirst();
  if (project === undefined) throw projectNotFound();
  return project;
}

function projectNotFound(): HoldfastError {
  return new HoldfastError('not_found', 'The organization has no such project.');
}
