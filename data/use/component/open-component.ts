import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import type { Outcome } from '@holdfast/audit';
import type { Connector, ConnectorContext, Options, TokensTaken } from '@holdfast/connector';
import type { Redactor } from '../../egress/redaction.ts';
import type { Evaluations, Evaluator } from '../../evaluation/evaluator.ts';
import type { OpenValues } from '../values/open-values.ts';
import type { UseDependencies } from '../values/use-dependencies.ts';
import type { UseOccasion } from '../values/use-record.ts';
import { useUnchangedValues, useValues } from '../values/use-values.ts';
import { type BoundComponent, knownComponent } from './load-component.ts';
import { NO_TOKENS, plusTokens, type TokenSum } from './token-sum.ts';
import { type PreparedComponent, wantedByComponent, wantedByKnownComponent } from './wanted-component.ts';

/** A service that takes longer to end its part is left. */
const END_MILLISECONDS = 2_000;

export interface ComponentDependencies extends UseDependencies {
  /** By component type. */
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly evaluator: Evaluator;
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
  /** What a model has taken so far, as its service counts it. */
  tokens(): TokenSum;
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
  const connector = connectorOf(dependencies, component);
  const wanted = wantedByComponent(dependencies.db, occasion.organizationId, component, connector);
  return opened(connector, await useValues(dependencies, wanted, occasion), dependencies.evaluator.ofOne(occasion.organizationId));
}

/** A component that is saved, and how to read it. */
export interface SavedComponent {
  readonly organizationId: string;
  readonly componentId: string;
  /** As it is now; `undefined` when there is none. */
  load(): Promise<BoundComponent | undefined>;
  /**
   * For what it is to be used. It may be asked twice, with what is known from before and with what is there.
   *
   * @throws what keeps it from being used.
   */
  occasionOf(component: BoundComponent, connector: Connector): UseOccasion;
}

/**
 * Takes the values of a saved component into use, with one look at the database for both the component and
 * the intent when it is as it was used last: see {@link useUnchangedValues}.
 *
 * @returns `undefined` when there is no such component.
 * @throws HoldfastError as {@link openComponent}, and what `occasionOf` throws.
 */
export async function openSavedComponent(
  dependencies: ComponentDependencies,
  saved: SavedComponent,
): Promise<{ readonly component: BoundComponent; readonly use: OpenComponent } | undefined> {
  const known = knownComponent(dependencies.db, saved.organizationId, saved.componentId);
  const use = known && (await openUnchanged(dependencies, saved, known));
  if (known !== undefined && use !== undefined) return { component: known, use };
  const component = await saved.load();
  if (component === undefined) return undefined;
  const occasion = saved.occasionOf(component, connectorOf(dependencies, component));
  return { component, use: await openComponent(dependencies, component, occasion) };
}

/** `undefined` when it is to be read first: it has changed, or what is known of it could not be used. */
async function openUnchanged(
  dependencies: ComponentDependencies,
  { organizationId, occasionOf }: SavedComponent,
  known: BoundComponent,
): Promise<OpenComponent | undefined> {
  const connector = dependencies.connectors.get(known.type);
  if (connector === undefined) return undefined;
  const wanted = wantedByKnownComponent(dependencies.db, organizationId, known, connector);
  let occasion: UseOccasion;
  try {
    occasion = occasionOf(known, connector);
  } catch {
    return undefined;
  }
  const values = await useUnchangedValues(dependencies, wanted, occasion);
  return values && opened(connector, values, dependencies.evaluator.ofOne(organizationId));
}

function connectorOf({ connectors }: Pick<ComponentDependencies, 'connectors'>, { name, type }: BoundComponent): Connector {
  const connector = connectors.get(type);
  if (connector !== undefined) return connector;
  throw new HoldfastError('option_invalid', `The component “${name}” is of a kind that this version does not know: ${type}.`);
}

function opened(connector: Connector, values: OpenValues<PreparedComponent>, evaluations: Evaluations): OpenComponent {
  const { prepared, egress, redactor, close, wanted: used } = values;
  const { options, destinations } = prepared;
  const { inTurn } = evaluations;
  const endings: (() => void | Promise<void>)[] = [];
  const contexts = new WeakMap<AbortSignal, ConnectorContext>();
  let tokens = NO_TOKENS;
  const countTokens = (taken: TokensTaken) => {
    tokens = plusTokens(tokens, taken);
  };
  return {
    connector,
    options,
    destinations,
    redactor,
    state: used.state,
    tokens: () => tokens,
    contextFor(signal) {
      const known = contexts.get(signal);
      if (known !== undefined) return known;
      const protect = (part: string) => redactor.protect(part);
      const onEnd = (work: () => void | Promise<void>) => void endings.push(work);
      const answerFault = (schema: object, answer: string) => evaluations.answerFault(schema, answer, signal);
      const context = { ...egress.under(signal), signal, protect, onEnd, answerFault, inTurn, countTokens };
      contexts.set(signal, context);
      return context;
    },
    async close(outcome, code) {
      await endUse(endings.splice(0));
      for (const name of Object.keys(options)) delete (options as Record<string, unknown>)[name];
      await close(outcome, code);
    },
  };
}

/** What a connector does at the end of a use cannot keep it open, nor make it fail. */
async function endUse(endings: readonly (() => void | Promise<void>)[]): Promise<void> {
  if (endings.length === 0) return;
  const all = Promise.allSettled(endings.map(async (work) => work()));
  const over = new AbortController();
  await Promise.race([all, sleep(END_MILLISECONDS, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
