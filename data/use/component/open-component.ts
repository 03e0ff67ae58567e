import { HoldfastError } from '@holdfast/api';
import type { Outcome } from '@holdfast/audit';
import type { Connector, ConnectorContext, Options } from '@holdfast/connector';
import type { Redactor } from '../../egress/redaction.ts';
import type { UseOccasion } from '../values/use-record.ts';
import { type UseDependencies, useValues } from '../values/use-values.ts';
import type { BoundComponent } from './load-component.ts';
import { wantedByComponent } from './wanted-component.ts';

export interface ComponentDependencies extends UseDependencies {
  /** By component type. */
  readonly connectors: ReadonlyMap<string, Connector>;
}

/** A component with its values opened, for as long as one step works with it. */
export interface OpenComponent {
  readonly connector: Connector;
  readonly options: Options;
  /** Where its values may be sent by this use. */
  readonly destinations: readonly string[];
  readonly redactor: Redactor;
  /** See stateOfComponent: what it was opened with. */
  readonly state: string;
  contextFor(signal: AbortSignal): ConnectorContext;
  /** Records how the use ended and forgets the values. A second call does nothing. */
  close(outcome: Outcome, code?: string): Promise<void>;
}

/**
 * Takes a component's values into use: see {@link useValues}.
 *
 * @throws HoldfastError `option_invalid` for a type without a connector, and what useValues throws.
 */
export async function openComponent(
  dependencies: ComponentDependencies,
  component: BoundComponent,
  occasion: UseOccasion,
): Promise<OpenComponent> {
  const connector = dependencies.connectors.get(component.type);
  if (connector === undefined) {
    throw new HoldfastError(
      'option_invalid',
      `The component “${component.name}” is of a kind that this version does not know: ${component.type}.`,
    );
  }
  const wanted = wantedByComponent(dependencies.db, occasion.organizationId, component, connector);
  const { prepared, http, redactor, close, wanted: used } = await useValues(dependencies, wanted, occasion);
  const { options, destinations } = prepared;
  return {
    connector,
    options,
    destinations,
    redactor,
    state: used.state,
    contextFor: (signal) => ({
      http,
      signal,
      protect: (part) => redactor.protect(part),
      fetch: notYet,
      fetchDocument: notYet,
      connect: notYet,
      startTls: notYet,
      checked: () => {
        throw new Error('No connector reads documents yet.');
      },
      onEnd: () => undefined,
    }),
    async close(outcome, code) {
      for (const name of Object.keys(options)) delete (options as Record<string, unknown>)[name];
      await close(outcome, code);
    },
  };
}

async function notYet(): Promise<never> {
  throw new Error('data/egress has no other way out yet.');
}
