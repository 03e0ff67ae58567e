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
  consumer_kind: 'component' | 'trigger';
  consumer_id: string;
  consumer_name: string;
  /** Of a component. */
  type: string | null;
  project_id: string;
  project_name: string;
  workflows: { id: string; name: string }[];
}

/** What a trigger uses its secret for. */
const SIGNING_SECRET_TITLE = 'Signing secret';

/** Places `b` that use the secret, oldest first. */
export async function readBindings(
  db: Kysely<Database>,
  organizationId: string,
  secretId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<Binding[]> {
  const { rows } = await sql<BindingRow>`
    select b.id, s.name as secret_name, b.option, c.kind as consumer_kind, c.id as consumer_id, c.name as consumer_name, k.type,
      p.id as project_id, p.name as project_name,
      u.state <> 'ok' as broken,
      coalesce((
        select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name) order by lower(w.name))
        from workflow w
        where w.organization_id = c.organization_id and w.id in (
          select t.workflow_id from workflow_component t where t.organization_id = c.organization_id and t.component_id = b.component_id
          union select t.workflow_id from workflow_trigger t where t.organization_id = c.organization_id and t.id = b.trigger_id)
      ), '[]') as workflows
    from binding b
    join binding_in_project u on u.organization_id = b.organization_id and u.binding_id = b.id
    join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
    join consumer c on c.organization_id = b.organization_id and c.kind = b.consumer_kind and c.id = b.consumer_id
    left join component k on k.organization_id = b.organization_id and k.id = b.component_id
    join project p on p.organization_id = c.organization_id and p.id = c.project_id
    where b.organization_id = ${organizationId} and b.secret_id = ${secretId} and ${where}
    order by b.id
    limit ${limitTo(limit)}`.execute(db);
  return rows.slice(0, limit).map((row) => ({
    id: row.id,
    secretName: row.secret_name,
    broken: row.broken,
    place: [row.project_name, ...(row.type === null ? row.workflows.map(({ name }) => name) : []), row.consumer_name].join(' › '),
    option: row.type === null ? SIGNING_SECRET_TITLE : titleOf(componentTypeOf(row.type), row.option),
    project: { id: row.project_id, name: row.project_name },
    component: row.consumer_kind === 'component' ? { id: row.consumer_id, name: row.consumer_name } : null,
    trigger: row.consumer_kind === 'trigger' ? { id: row.consumer_id, name: row.consumer_name } : null,
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
