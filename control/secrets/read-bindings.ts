import type { Binding } from '@holdfast/api';
import { titleOf } from '@holdfast/configuration';
import type { Database } from '@holdfast/db/control';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { componentTypeOf } from '../components/component-types.ts';
import { limitTo } from '../limit-to.ts';

interface BindingRow {
  id: string;
  secret_name: string;
  broken: boolean;
  option: string;
  component_id: string;
  component_name: string;
  type: string;
  project_id: string;
  project_name: string;
  workflows: { id: string; name: string }[];
}

/** Places `b` that use the secret, oldest first. */
export async function readBindings(
  db: Kysely<Database>,
  organizationId: string,
  secretId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<Binding[]> {
  const { rows } = await sql<BindingRow>`
    select b.id, s.name as secret_name, b.option, c.id as component_id, c.name as component_name, c.type,
      p.id as project_id, p.name as project_name,
      u.state <> 'ok' as broken,
      coalesce((
        select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name) order by lower(w.name))
        from workflow_component t join workflow w on w.organization_id = t.organization_id and w.id = t.workflow_id
        where t.organization_id = c.organization_id and t.component_id = c.id
      ), '[]') as workflows
    from binding b
    join binding_in_project u on u.organization_id = b.organization_id and u.binding_id = b.id
    join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
    join component c on c.organization_id = b.organization_id and c.id = b.component_id
    join project p on p.organization_id = c.organization_id and p.id = c.project_id
    where b.organization_id = ${organizationId} and b.secret_id = ${secretId} and ${where}
    order by b.id
    limit ${limitTo(limit)}`.execute(db);
  return rows.slice(0, limit).map((row) => ({
    id: row.id,
    secretName: row.secret_name,
    broken: row.broken,
    place: `${row.project_name} › ${row.component_name}`,
    option: titleOf(componentTypeOf(row.type), row.option),
    project: { id: row.project_id, name: row.project_name },
    component: { id: row.component_id, name: row.component_name },
    workflows: row.workflows,
  }));
}

export async function countBindings(db: Kysely<Database>, organizationId: string, secretId: string): Promise<number> {
  const { count } = await db
    .selectFrom('binding')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('secret_id', '=', secretId)
    .executeTakeFirstOrThrow();
  return count;
}
