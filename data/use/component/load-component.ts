import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import type { StoredSecret, WantedValue } from '../values/wanted-use.ts';

/**
 * A component with what its sensitive options are bound to: as it is saved, or as somebody tries it before
 * saving.
 */
export interface BoundComponent {
  /** Of the component; of the test when the component is new. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly projectId: string;
  readonly projectName: string;
  /** Grows with each save. */
  readonly revision: number;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly bindings: readonly Binding[];
  /** Present when it is tried and not saved. */
  readonly draft?: {
    readonly testId: string;
    /** The saved component that is being changed; `null` for a new one. */
    readonly componentId: string | null;
  };
}

export interface Binding extends Omit<WantedValue, 'place'> {
  readonly option: string;
  /** The name in the option's text; empty when the secret is the whole value. */
  readonly reference: string;
}

/** `undefined` when the organization has no such component. */
export async function loadBoundComponent(
  db: Kysely<Database>,
  organizationId: string,
  componentId: string,
): Promise<BoundComponent | undefined> {
  const component = await db
    .selectFrom('component')
    .innerJoin('project', (join) =>
      join.onRef('project.organization_id', '=', 'component.organization_id').onRef('project.id', '=', 'component.project_id'),
    )
    .select([
      'component.id',
      'component.name',
      'component.type',
      'component.project_id',
      'component.configuration',
      'component.revision',
      'project.name as project_name',
    ])
    .where('component.organization_id', '=', organizationId)
    .where('component.id', '=', componentId)
    .executeTakeFirst();
  if (component === undefined) return undefined;
  const rows = await db
    .selectFrom('binding')
    .leftJoin('secret', (join) =>
      join.onRef('secret.organization_id', '=', 'binding.organization_id').onRef('secret.id', '=', 'binding.secret_id'),
    )
    .leftJoin('secret_version', (join) =>
      join
        .onRef('secret_version.organization_id', '=', 'secret.organization_id')
        .onRef('secret_version.secret_id', '=', 'secret.id')
        .on('secret_version.state', '=', 'current'),
    )
    .select([
      'binding.option',
      'binding.reference',
      'binding.secret_name',
      'secret.id as secret_id',
      'secret.name as current_name',
      'secret.component_id as owner_component_id',
      'secret.all_projects',
      'secret.expires_at',
      'secret.destinations',
      'secret_version.id as version_id',
      'secret_version.key_id',
    ])
    .select((e) =>
      e
        .selectFrom('secret_scope')
        .select(sql<string[]>`coalesce(array_agg(project_id::text), '{}')`.as('ids'))
        .whereRef('secret_scope.organization_id', '=', 'secret.organization_id')
        .whereRef('secret_scope.secret_id', '=', 'secret.id')
        .as('scope_project_ids'),
    )
    .where('binding.organization_id', '=', organizationId)
    .where('binding.consumer_id', '=', componentId)
    .orderBy('binding.option')
    .orderBy('binding.reference')
    .execute();
  return {
    id: component.id,
    name: component.name,
    type: component.type,
    projectId: component.project_id,
    projectName: component.project_name,
    revision: component.revision,
    configuration: component.configuration as Record<string, unknown>,
    bindings: rows.map((row) => ({
      option: row.option,
      reference: row.reference,
      secretName: row.current_name ?? row.secret_name,
      secret: row.secret_id === null ? undefined : storedSecretOf({ ...row, secret_id: row.secret_id }),
    })),
  };
}

interface SecretRow {
  readonly secret_id: string;
  readonly current_name: string | null;
  readonly owner_component_id: string | null;
  readonly all_projects: boolean | null;
  readonly scope_project_ids: string[] | null;
  readonly expires_at: Date | null;
  readonly destinations: string[] | null;
  readonly version_id: string | null;
  readonly key_id: string | null;
}

/** The secret that a row of the joined query holds. */
export function storedSecretOf(row: SecretRow): StoredSecret {
  return {
    id: row.secret_id,
    name: row.current_name,
    ownerId: row.owner_component_id,
    allProjects: row.all_projects === true,
    projectIds: row.scope_project_ids ?? [],
    expiresAt: row.expires_at,
    destinations: row.destinations ?? [],
    version: row.version_id === null || row.key_id === null ? undefined : { id: row.version_id, keyId: row.key_id },
  };
}

/** Changes when any value, binding or setting that a use was opened with changes. */
export function stateOfComponent(component: BoundComponent): string {
  const bindings = component.bindings.map(({ option, reference, secret }) => [
    option,
    reference,
    secret?.id,
    secret?.version?.id,
    secret?.destinations,
  ]);
  return JSON.stringify([component.type, component.configuration, bindings]);
}
