import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import type { Outcome } from '@holdfast/audit';
import type { Connector, ConnectorContext, Options } from '@holdfast/connector';
import type { Redactor } from '../../egress/redaction.ts';
import type { UseOccasion } from '../values/use-record.ts';
import { type UseDependencies, useValues } from '../values/use-values.ts';
import type { BoundComponent } from './load-component.ts';
import { wantedByComponent } from './wanted-component.ts';

/** A service that does not answer a good-bye is left. */
const GOOD_BYE_MILLISECONDS = 2_000;

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
  /** The same object for the same signal. */
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
  const { prepared, waysOut, redactor, close, wanted: used } = await useValues(dependencies, wanted, occasion);
  const { options, destinations } = prepared;
  const endings: (() => void | Promise<void>)[] = [];
  const contexts = new WeakMap<AbortSignal, ConnectorContext>();
  return {
    connector,
    options,
    destinations,
    redactor,
    state: used.state,
    contextFor(signal) {
      const known = contexts.get(signal);
      if (known !== undefined) return known;
      const protect = (part: string) => redactor.protect(part);
      const context = { ...waysOut.under(signal), signal, protect, onEnd: (work: () => void | Promise<void>) => void endings.push(work) };
      contexts.set(signal, context);
      return context;
    },
    async close(outcome, code) {
      await sayGoodBye(endings.splice(0));
      for (const name of Object.keys(options)) delete (options as Record<string, unknown>)[name];
      await close(outcome, code);
    },
  };
}

/** What a connector does at the end of a use cannot keep it open, nor make it fail. */
async function sayGoodBye(endings: readonly (() => void | Promise<void>)[]): Promise<void> {
  if (endings.length === 0) return;
  const all = Promise.allSettled(endings.map(async (work) => work()));
  const over = new AbortController();
  await Promise.race([all, sleep(GOOD_BYE_MILLISECONDS, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
