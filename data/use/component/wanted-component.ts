import { HoldfastError } from '@holdfast/api';
import { type Connector, ConnectorError, isRequired, type Options, sensitiveOptions } from '@holdfast/connector';
import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { checkUsable } from '../values/check-usable.ts';
import type { Consumer, Prepared, WantedUse, WantedValue } from '../values/wanted-use.ts';
import { definitionCovers, definitionOf } from './definition.ts';
import { type BoundComponent, stateOfComponent } from './load-component.ts';
import { reloadComponent } from './load-draft.ts';

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
  return {
    consumer: consumerOf(component),
    values: valuesOf(component, connector),
    definition: definitionOf(component),
    definitionCovers: definitionCovers(component),
    state: stateOfComponent(component),
    refusal: unfilledOption(component, connector),
    async reload() {
      const now = await reloadComponent(db, organizationId, component);
      return now === undefined ? undefined : wantedByComponent(db, organizationId, now, connector);
    },
    prepare(values) {
      const options = optionsOf(component, connector, values);
      return { options, destinations: destinationsOf(connector, options), texts: [] };
    },
  };
}

/** Whether a use that was opened before would be refused now, by what was read of the component since. */
export function mayUse(component: BoundComponent, connector: Connector, now: Date): boolean {
  if (unfilledOption(component, connector) !== undefined) return false;
  return !('error' in checkUsable(consumerOf(component), valuesOf(component, connector), now));
}

function consumerOf({ id, name, projectId, projectName }: BoundComponent): Consumer {
  return { kind: 'component', id, name, projectId, projectName };
}

/** In the order of the schema. What is bound to an option that the type does not have is not used. */
function valuesOf({ bindings }: BoundComponent, { type }: Connector): WantedValue[] {
  return sensitiveOptions(type).flatMap((option) =>
    bindings.filter((binding) => binding.option === option).map((binding) => ({ ...binding, place: option })),
  );
}

function unfilledOption({ name, bindings }: BoundComponent, { type }: Connector): HoldfastError | undefined {
  const unfilled = sensitiveOptions(type).find(
    (option) => isRequired(type, option) && !bindings.some((binding) => binding.option === option),
  );
  if (unfilled === undefined) return undefined;
  const title = type.schema.properties[unfilled]?.title ?? unfilled;
  return new HoldfastError('secret_missing', `“${title}” of the component “${name}” is not filled in.`, {
    remedy: `Open the component “${name}” and choose a secret or type a value.`,
  });
}

function optionsOf({ configuration }: BoundComponent, { type }: Connector, values: ReadonlyMap<string, string>): Options {
  const options: Record<string, unknown> = { ...configuration };
  // A sensitive option comes from a binding or not at all.
  for (const option of sensitiveOptions(type)) {
    delete options[option];
    const value = values.get(option);
    if (value !== undefined) options[option] = value;
  }
  return options;
}

function destinationsOf(connector: Connector, options: Options): string[] {
  try {
    return connector.publisher.destinations(options);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw new HoldfastError(error.code, error.message, { ...(error.remedy !== undefined && { remedy: error.remedy }), cause: error });
  }
}
