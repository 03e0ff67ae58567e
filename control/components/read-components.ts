import { type Component, type Failure, HoldfastError } from '@holdfast/api';
import {
  formatTemplate,
  referenceTo,
  renameReferences,
  sensitiveOptions,
  storedTemplate,
  titleOf,
  unfilledOption,
  wrongOption,
} from '@holdfast/configuration';
import type { Actor, Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { limitTo } from '../limit-to.ts';
import { type BindingState, readBindingStates } from '../secrets/usability.ts';
import { componentTypeOf } from './component-types.ts';

type SensitiveOption = Component['sensitiveOptions'][number];

interface ComponentRow {
  id: string;
  name: string;
  type: string;
  configuration: Record<string, unknown>;
  destinations: string[];
  unapproved: Component['unapproved'];
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

/** Components `c` that fulfil `where`, by name, with the state of each secret that they use. */
export async function readComponents(
  db: Kysely<Database>,
  organizationId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(Component & { sortKey: string })[]> {
  const { rows } = await sql<ComponentRow>`
    select c.id, c.name, c.type, c.configuration, c.destinations, c.revision, c.created_at, c.created_by, c.updated_at, c.updated_by,
      p.id as project_id, p.name as project_name, lower(c.name) as sort_key,
      coalesce((
        select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name) order by lower(w.name))
        from workflow_component t join workflow w on w.organization_id = t.organization_id and w.id = t.workflow_id
        where t.organization_id = c.organization_id and t.component_id = c.id
      ), '[]') as workflows,
      coalesce((
        select jsonb_agg(jsonb_build_object('secretName', d.secret_name, 'destination', d.destination, 'state', d.state,
          'reason', coalesce(r.reason, '')) order by d.secret_name, d.destination)
        from destination_in_use d
        left join secret_destination r
          on r.organization_id = d.organization_id and r.secret_id = d.secret_id and r.destination = d.destination
        where d.organization_id = c.organization_id and d.consumer_id = c.id and d.state <> 'approved'
      ), '[]') as unapproved
    from component c join project p on p.organization_id = c.organization_id and p.id = c.project_id
    where c.organization_id = ${organizationId} and ${where}
    order by lower(c.name), c.id
    limit ${limitTo(limit)}`.execute(db);
  const bindings = await readBindingStates(
    db,
    organizationId,
    rows.map((row) => row.id),
  );
  return rows.slice(0, limit).map((row) => toComponent(row, bindings.get(row.id) ?? []));
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

function toComponent(row: ComponentRow, bindings: readonly BindingState[]): Component & { sortKey: string } {
  const options = sensitiveOptionsOf(row, bindings);
  const texts = options.flatMap(({ option, source, secretName }) => {
    if (source === 'organization-secret' && secretName !== null) return [[option, referenceTo(secretName)] as const];
    return source === 'text' ? [[option, textOf(row, option, bindings)] as const] : [];
  });
  return {
    id: row.id,
    project: { id: row.project_id, name: row.project_name },
    name: row.name,
    type: row.type,
    configuration: { ...row.configuration, ...Object.fromEntries(texts) },
    sensitiveOptions: options,
    broken: brokenBecause(row, options),
    destinations: row.destinations,
    unapproved: row.unapproved,
    workflows: row.workflows,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    createdBy: personOf(row.created_by),
    updatedAt: row.updated_at.toISOString(),
    updatedBy: personOf(row.updated_by),
    sortKey: row.sort_key,
  };
}

/** The text of an option with its secrets as they are called now: another may have taken the place of one. */
function textOf(row: ComponentRow, option: string, bindings: readonly BindingState[]): string {
  const template = storedTemplate(row.configuration, option) ?? [];
  const nameOf = (reference: string) => bindings.find((bound) => bound.option === option && bound.reference === reference)?.secretName;
  return formatTemplate(renameReferences(template, (reference) => nameOf(reference) ?? undefined));
}

function sensitiveOptionsOf(row: ComponentRow, bindings: readonly BindingState[]): SensitiveOption[] {
  const type = componentTypeOf(row.type);
  const names = type === undefined ? [...new Set(bindings.map((binding) => binding.option))] : sensitiveOptions(type);
  return names.map((option) => {
    const bound = bindings.filter((candidate) => candidate.option === option);
    const [only] = bound;
    if (only === undefined) return { option, source: 'none' as const, secretName: null, state: 'ok' as const, secrets: [] };
    const secrets = bound.flatMap(({ secretName, state }) => (secretName === null ? [] : [{ name: secretName, state }]));
    const state = bound.find((candidate) => candidate.state !== 'ok')?.state ?? 'ok';
    if (only.reference !== '') return { option, source: 'text' as const, secretName: null, state, secrets };
    const source = only.secretName === null ? ('own-value' as const) : ('organization-secret' as const);
    return { option, source, secretName: only.secretName, state, secrets };
  });
}

/** The first reason why a use would be refused, in words. */
function brokenBecause(row: ComponentRow, options: readonly SensitiveOption[]): Failure | null {
  const type = componentTypeOf(row.type);
  if (type === undefined) return failureOf('option_invalid', `This Holdfast knows no component type “${row.type}”.`);
  const filled = options.filter(({ source }) => source !== 'none');
  const refusal = unfilledOption(type, row, filled) ?? wrongOption(type, row, row.configuration);
  if (refusal !== undefined) return { code: refusal.code, detail: refusal.message, remedy: refusal.remedy };
  for (const { option, source, state, secrets } of options) {
    if (state === 'ok') continue;
    const title = titleOf(type, option);
    const secret = secrets.find((candidate) => candidate.state === state);
    const called =
      source === 'own-value' || secret === undefined
        ? `The own value of “${title}”`
        : `The secret “${secret.name}”, which “${title}” uses,`;
    const reason = {
      secret_missing: 'does not exist.',
      secret_expired: 'has expired.',
      secret_out_of_scope: `may not be used in the project “${row.project_name}”.`,
    }[state];
    return failureOf(state, `${called} ${reason}`);
  }
  return null;
}

function failureOf(code: 'option_invalid' | Exclude<SensitiveOption['state'], 'ok'>, detail: string): Failure {
  const { remedy } = new HoldfastError(code);
  return { code, detail, remedy };
}
