import { BOUND_TO, type Database, ifUnchanged, inNaturalGroupsByConnection, ROW_READ_AS, rowsOf } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { type SecretRow, STORED_SECRET, storedSecretOf } from '../stored-secret.ts';
import type { WantedValue } from '../values/wanted-use.ts';

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
  /** Changes when anything of it changes; `undefined` of what is tried and not saved. */
  readonly readAs?: string;
  /** Present when it is tried and not saved. */
  readonly draft?: {
    readonly testId: string;
    /** The saved component that is being changed; `null` for a new one. */
    readonly componentId: string | null;
    /** Where values may be sent by this test alone. */
    readonly approved: readonly { readonly secretId: string; readonly destination: string }[];
  };
}

export interface Binding extends Omit<WantedValue, 'place'> {
  readonly option: string;
  /** The name in the option's text; empty when the secret is the whole value. */
  readonly reference: string;
}

/**
 * `undefined` when the organization has no such component. Look-ups of many callers are one statement: see
 * db/connection/natural-groups.ts.
 */
export function loadBoundComponent(db: Kysely<Database>, organizationId: string, componentId: string): Promise<BoundComponent | undefined> {
  return loadTogether(db, { organizationId, componentId });
}

/** For intents that depend on a component: see `readAs`. */
export const IF_COMPONENT_UNCHANGED = ifUnchanged({ table: ['component', 'c'], boundTo: BOUND_TO, rowReadAs: ROW_READ_AS });

/** Of each connection: the components that were read last, without sealed bytes. */
const known = new WeakMap<Kysely<Database>, LRUCache<string, BoundComponent>>();
const KNOWN_KEPT = 1_000;

/**
 * A component as it was read before, and without sealed bytes: what to expect, which may have changed since.
 * One that falls out is read again.
 */
export function knownComponent(db: Kysely<Database>, organizationId: string, componentId: string): BoundComponent | undefined {
  return known.get(db)?.get(nameOf(organizationId, componentId));
}

function remember(db: Kysely<Database>, name: string, component: BoundComponent): void {
  const components = known.get(db) ?? new LRUCache<string, BoundComponent>({ max: KNOWN_KEPT });
  known.set(db, components);
  if (components.get(name)?.readAs === component.readAs) return;
  const bindings = component.bindings.map(({ secret, ...binding }) => ({ ...binding, secret: secret && { ...secret, sealed: undefined } }));
  components.set(name, { ...component, bindings });
}

/** A look-up fails for its own key, and never for another's. */
const loadTogether = inNaturalGroupsByConnection(loadBoundComponents, { maximum: 64, gather: 'microtask', failure: 'alone' });

interface ComponentKey {
  readonly organizationId: string;
  readonly componentId: string;
}

interface ComponentRow extends Omit<SecretRow, 'secret_id'> {
  readonly organization_id: string;
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly project_id: string;
  readonly project_name: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly revision: number;
  readonly read_as: string;
  /** `null` in the one row of a component without bindings. */
  readonly option: string | null;
  readonly reference: string;
  readonly secret_name: string | null;
  readonly secret_id: string | null;
}

const load = (wanted: string, where = '') => `
  select c.organization_id, c.id, c.name, c.type, c.project_id, c.configuration, c.revision, p.name as project_name,
    b.option, b.reference, b.secret_name,
    ${STORED_SECRET},
    (bit_xor(${ROW_READ_AS}) over (partition by c.organization_id, c.id))::text as read_as
  from ${wanted}
  join project p on p.organization_id = c.organization_id and p.id = c.project_id
  ${BOUND_TO}
  ${where}
  order by c.organization_id, c.id, b.option, b.reference`;
const LOAD = load(`unnest($1::uuid[], $2::uuid[]) as wanted (organization_id, id)
  join component c on c.organization_id = wanted.organization_id and c.id = wanted.id`);
/** By the key alone, without a list to join. */
const LOAD_ONE = load('component c', 'where c.organization_id = $1 and c.id = $2');

/** As of one moment: a component, and what it is bound to then. */
async function loadBoundComponents(db: Kysely<Database>, keys: readonly ComponentKey[]): Promise<(BoundComponent | undefined)[]> {
  const wanted = [...new Map(keys.map((key) => [nameOf(key.organizationId, key.componentId), key])).values()];
  const [first] = wanted;
  const rows =
    wanted.length === 1 && first !== undefined
      ? await rowsOf<ComponentRow>(db, LOAD_ONE, [first.organizationId, first.componentId])
      : await rowsOf<ComponentRow>(db, LOAD, [wanted.map((key) => key.organizationId), wanted.map((key) => key.componentId)]);
  const found = new Map(
    [...Map.groupBy(rows, (row) => nameOf(row.organization_id, row.id))].map(([name, own]) => [name, boundComponentOf(own)]),
  );
  for (const [name, component] of found) if (component !== undefined) remember(db, name, component);
  return keys.map((key) => found.get(nameOf(key.organizationId, key.componentId)));
}

const nameOf = (organizationId: string, id: string) => `${organizationId} ${id}`.toLowerCase();

function boundComponentOf(rows: readonly ComponentRow[]): BoundComponent | undefined {
  const [component] = rows;
  if (component === undefined) return undefined;
  return {
    id: component.id,
    name: component.name,
    type: component.type,
    projectId: component.project_id,
    projectName: component.project_name,
    revision: component.revision,
    configuration: component.configuration,
    readAs: component.read_as,
    bindings: rows.flatMap((row) =>
      row.option === null
        ? []
        : [
            {
              option: row.option,
              reference: row.reference,
              secretName: row.current_name ?? row.secret_name,
              secret: row.secret_id === null ? undefined : storedSecretOf({ ...row, secret_id: row.secret_id }),
            },
          ],
    ),
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
    secret?.decisions,
  ]);
  return JSON.stringify([component.type, component.configuration, bindings]);
}
