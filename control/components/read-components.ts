import { type Component, type Failure, HoldfastError } from '@holdfast/api';
import { isRequired, sensitiveOptions } from '@holdfast/connector/component-type';
import { type Actor, type Database, LATEST_TIME } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { componentTypeOf } from './component-types.ts';
import { referenceTo } from './secret-reference.ts';

type SensitiveOption = Component['sensitiveOptions'][number];

interface ComponentRow {
  id: string;
  name: string;
  type: string;
  configuration: Record<string, unknown>;
  revision: number;
  created_at: Date;
  created_by: Actor;
  updated_at: Date;
  updated_by: Actor;
  project_id: string;
  project_name: string;
  workflows: { id: string; name: string }[];
  sort_key: string;
}

interface BindingRow {
  component_id: string;
  option: string;
  /** Of the secret as it is called now, or as it was called when it was deleted; `null` for an own value. */
  secret_name: string | null;
  exists: boolean;
  expired: boolean;
  in_scope: boolean;
}

/** Components `c` that fulfil `where`, by name, with the state of each secret that they use. */
export async function readComponents(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(Component & { sortKey: string })[]> {
  const { rows } = await sql<ComponentRow>`
    select c.id, c.name, c.type, c.configuration, c.revision, c.created_at, c.created_by, c.updated_at, c.updated_by,
      p.id as project_id, p.name as project_name, lower(c.name) as sort_key,
      coalesce((
        select jsonb_agg(distinct jsonb_build_object('id', w.id, 'name', w.name))
        from workflow_step t join workflow w on w.organization_id = t.organization_id and w.id = t.workflow_id
        where t.organization_id = c.organization_id and t.component_id = c.id
      ), '[]') as workflows
    from component c join project p on p.organization_id = c.organization_id and p.id = c.project_id
    where c.organization_id = ${organizationId} and ${where}
    order by lower(c.name), c.id
    limit ${limit}`.execute(db);
  const bindings = await readBindingStates(
    db,
    organizationId,
    rows.map((row) => row.id),
  );
  return rows.map((row) => toComponent(row, bindings.get(row.id) ?? []));
}

/** Throws `not_found`. */
export async function readComponent(
  db: Kysely<Database>,
  organizationId: string,
  projectId: string,
  componentId: string,
): Promise<Component> {
  const [component] = await readComponents(db, organizationId, sql`c.id = ${componentId} and c.project_id = ${projectId}`, 1);
  if (component === undefined) throw componentNotFound();
  return component;
}

export function componentNotFound(): HoldfastError {
  return new HoldfastError('not_found', 'The project has no such component.');
}

async function readBindingStates(
  db: Kysely<Database>,
  organizationId: string,
  componentIds: readonly string[],
): Promise<Map<string, BindingRow[]>> {
  const { rows } = await sql<BindingRow>`
    select b.component_id, b.option, coalesce(s.name, b.secret_name) as secret_name, s.id is not null as exists,
      (s.expires_at <= ${LATEST_TIME}) is true as expired,
      (s.all_projects or exists (
        select from secret_scope x
        where x.organization_id = s.organization_id and x.secret_id = s.id and x.project_id = c.project_id)) is true as in_scope
    from binding b
    join component c on c.organization_id = b.organization_id and c.id = b.component_id
    left join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
    where b.organization_id = ${organizationId} and b.component_id = any(${componentIds}::uuid[])`.execute(db);
  return Map.groupBy(rows, (row) => row.component_id);
}

function toComponent(row: ComponentRow, bindings: readonly BindingRow[]): Component & { sortKey: string } {
  const options = sensitiveOptionsOf(row, bindings);
  const references = options.flatMap(({ option, source, secretName }) =>
    source === 'organization-secret' && secretName !== null ? [[option, referenceTo(secretName)] as const] : [],
  );
  return {
    id: row.id,
    project: { id: row.project_id, name: row.project_name },
    name: row.name,
    type: row.type,
    configuration: { ...row.configuration, ...Object.fromEntries(references) },
    sensitiveOptions: options,
    broken: brokenBecause(row, options),
    workflows: row.workflows,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    createdBy: personOf(row.created_by),
    updatedAt: row.updated_at.toISOString(),
    updatedBy: personOf(row.updated_by),
    sortKey: row.sort_key,
  };
}

function sensitiveOptionsOf(row: ComponentRow, bindings: readonly BindingRow[]): SensitiveOption[] {
  const type = componentTypeOf(row.type);
  const names = type === undefined ? bindings.map((binding) => binding.option) : sensitiveOptions(type);
  return names.map((option) => {
    const binding = bindings.find((candidate) => candidate.option === option);
    if (binding === undefined) return { option, source: 'none' as const, secretName: null, state: 'ok' as const };
    const source = binding.secret_name === null ? ('own-value' as const) : ('organization-secret' as const);
    return { option, source, secretName: binding.secret_name, state: bindingState(binding) };
  });
}

function bindingState({ exists, expired, in_scope }: BindingRow): SensitiveOption['state'] {
  if (!exists) return 'secret_missing';
  if (expired) return 'secret_expired';
  return in_scope ? 'ok' : 'secret_out_of_scope';
}

/** The first reason why a use would be refused, in words. */
function brokenBecause(row: ComponentRow, options: readonly SensitiveOption[]): Failure | null {
  const type = componentTypeOf(row.type);
  if (type === undefined) return failureOf('option_invalid', `This Holdfast knows no component type “${row.type}”.`);
  for (const { option, source, secretName, state } of options) {
    const title = type.schema.properties[option]?.title ?? option;
    if (source === 'none' && isRequired(type, option)) return failureOf('option_invalid', `“${title}” is not filled in.`);
    if (state === 'ok') continue;
    const called = secretName === null ? `The own value of “${title}”` : `The secret “${secretName}”, which “${title}” uses,`;
    const ails = {
      secret_missing: 'does not exist any more.',
      secret_expired: 'has expired.',
      secret_out_of_scope: `may not be used in the project “${row.project_name}”.`,
    }[state];
    return failureOf(state, `${called} ${ails}`);
  }
  return null;
}

function failureOf(code: 'option_invalid' | Exclude<SensitiveOption['state'], 'ok'>, detail: string): Failure {
  const { remedy } = new HoldfastError(code);
  return { code, detail, remedy };
}
