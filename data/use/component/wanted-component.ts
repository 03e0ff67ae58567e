import { HoldfastError } from '@holdfast/api';
import type { Definition } from '@holdfast/audit';
import { isShown, referencesOf, sensitiveOptions, storedTemplate, unfilledOption, wrongOption } from '@holdfast/configuration';
import { type Connector, ConnectorError, type Options } from '@holdfast/connector';
import type { Database, ReadBefore } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { checkUsable } from '../values/check-usable.ts';
import type { Consumer, Prepared, WantedUse, WantedValue } from '../values/wanted-use.ts';
import { decodeOptions, placeOf } from './decode-options.ts';
import { definitionCovers, definitionOf } from './definition.ts';
import { type BoundComponent, IF_COMPONENT_UNCHANGED, stateOfComponent } from './load-component.ts';
import { reloadComponent } from './load-draft.ts';
import { refuseMadeOfSecrets } from './named-in-clear.ts';
import { requestApprovalFor } from './request-approval.ts';

/** A component's options with its values filled in, and where they will be sent. */
export interface PreparedComponent extends Prepared {
  readonly options: Options;
}

/** What a component wants to use, for data/use/values. */
export function wantedByComponent(
  db: Kysely<Database>,
  organizationId: string,
  component: BoundComponent,
  connector: Connector,
): WantedUse<PreparedComponent> {
  const { definition, state } = statedOf(component);
  return {
    consumer: consumerOf(component),
    values: valuesOf(component, connector),
    definition,
    approved: component.draft?.approved ?? [],
    definitionCovers: definitionCovers(component),
    state,
    revision: component.revision,
    readBefore: readBeforeOf(component),
    // What only a test names is asked for when it is saved.
    requestApproval: component.draft === undefined ? requestApprovalFor(component) : undefined,
    refusal: unfilled(component, connector) ?? wrongConfiguration(component, connector, definition),
    async reload() {
      const now = await reloadComponent(db, organizationId, component);
      return now === undefined ? undefined : wantedByComponent(db, organizationId, now, connector);
    },
    prepare(values) {
      const { options, texts } = decodeOptions(component, connector.type, values);
      const destinations = destinationsOf(connector, options);
      refuseMadeOfSecrets(component, connector, destinations);
      return { options, destinations, texts };
    },
  };
}

function readBeforeOf({ id, readAs, draft }: BoundComponent): ReadBefore | undefined {
  return readAs === undefined || draft !== undefined ? undefined : { ifUnchanged: IF_COMPONENT_UNCHANGED, id, readAs };
}

/** What components that are known from before want, for each connector that they were asked with. */
const wantedByKnown = new WeakMap<BoundComponent, { readonly connector: Connector; readonly wanted: WantedUse<PreparedComponent> }>();

/** The same, once for each component that is known: see knownComponent. */
export function wantedByKnownComponent(
  db: Kysely<Database>,
  organizationId: string,
  component: BoundComponent,
  connector: Connector,
): WantedUse<PreparedComponent> {
  const known = wantedByKnown.get(component);
  if (known?.connector === connector) return known.wanted;
  const wanted = wantedByComponent(db, organizationId, component, connector);
  wantedByKnown.set(component, { connector, wanted });
  return wanted;
}

/** Of components that were read together for several uses: a component that was read does not change. */
const stated = new WeakMap<BoundComponent, { readonly definition: Definition; readonly state: string }>();

function statedOf(component: BoundComponent): { readonly definition: Definition; readonly state: string } {
  const known = stated.get(component);
  if (known !== undefined) return known;
  const found = { definition: definitionOf(component), state: stateOfComponent(component) };
  stated.set(component, found);
  return found;
}

/** Whether a use that was opened before would be refused now, by what was read of the component since. */
export function mayUse(component: BoundComponent, connector: Connector, now: Date): boolean {
  if (unfilled(component, connector) !== undefined) return false;
  return !('error' in checkUsable(consumerOf(component), valuesOf(component, connector), now));
}

/**
 * Definitions whose options fit their type: each use asks, and the check costs more than the rest of what is
 * prepared here.
 */
const fitting = new LRUCache<string, true>({ max: 1_000 });

function wrongConfiguration(component: BoundComponent, { type }: Connector, { digest }: Definition): HoldfastError | undefined {
  const key = `${type.type} ${digest}`;
  if (fitting.has(key)) return undefined;
  const wrong = wrongOption(type, component, component.configuration);
  if (wrong === undefined) fitting.set(key, true);
  return wrong;
}

function consumerOf({ id, name, projectId, projectName }: BoundComponent): Consumer {
  return { kind: 'component', id, name, projectId, projectName };
}

/**
 * In the order of the schema. What is bound to an option that the type does not have, or hides, is not used;
 * a name in a text that nothing is bound to is a secret that is missing.
 */
function valuesOf({ configuration, bindings }: BoundComponent, { type }: Connector): WantedValue[] {
  return sensitiveOptions(type).flatMap((option) => {
    if (!isShown(type, configuration, option)) return [];
    const bound = bindings.filter((binding) => binding.option === option);
    const template = storedTemplate(configuration, option);
    const names = template === undefined ? bound.map(({ reference }) => reference) : referencesOf(template);
    return names.map((reference) => ({
      place: placeOf(option, reference),
      ...(bound.find((binding) => binding.reference === reference) ?? { secretName: reference, secret: undefined }),
    }));
  });
}

function unfilled({ name, configuration, bindings }: BoundComponent, { type }: Connector): HoldfastError | undefined {
  const texts = sensitiveOptions(type).filter((option) => storedTemplate(configuration, option) !== undefined);
  return unfilledOption(type, { name, configuration }, [...bindings, ...texts.map((option) => ({ option }))]);
}

function destinationsOf(connector: Connector, options: Options): string[] {
  try {
    return connector.destinations(options);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw new HoldfastError(error.code, error.message, { ...(error.remedy !== undefined && { remedy: error.remedy }), cause: error });
  }
}
