import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import { AppendError, type Outcome } from '@holdfast/audit';
import type { Connector, ConnectorContext, Options } from '@holdfast/connector';
import { ConnectorError, sensitiveOptions } from '@holdfast/connector';
import type { Database, InstanceClock } from '@holdfast/db/data';
import type { Logger } from '@holdfast/service';
import type { Kysely } from 'kysely';
import type { Egress } from '../../egress/http-client.ts';
import { createRedactor, type Redactor } from '../../egress/redaction.ts';
import type { OpeningKeys } from '../../keys/opening-keys.ts';
import type { RecordFollower } from '../../record/follower.ts';
import { type BoundComponent, stateOf } from '../component/load-component.ts';
import { reloadComponent } from '../component/load-draft.ts';
import { checkStatements } from './check-statements.ts';
import { checkBindings, type Usable } from './check-usable.ts';
import { allowedDestinations, refuseOtherDestinations } from './destinations.ts';
import type { KnownRefusals } from './known-refusals.ts';
import { openVersion, readSealedValue } from './open-version.ts';
import type { UseOccasion, UseRecord } from './use-record.ts';

export interface UseDependencies {
  readonly db: Kysely<Database>;
  readonly instanceId: string;
  readonly keys: OpeningKeys;
  readonly record: UseRecord;
  readonly refusals: KnownRefusals;
  readonly follower: RecordFollower;
  readonly egress: Egress;
  readonly logger: Logger;
  /** By component type. */
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Decides what has expired; no other clock does. */
  readonly clock: Pick<InstanceClock, 'now'>;
}

/** How often a component is read again that others keep changing, and how much longer each wait before is. */
const ATTEMPTS = 10;
const RETRY_MILLISECONDS = 10;

/** What rows that differ from the record are refused with. */
const DIFFERENCES: ReadonlySet<string> = new Set(['envelope_refused', 'definition_refused']);

/** Codes that say that a value may not be used so, in contrast to one that could not. */
const REFUSALS: ReadonlySet<string> = new Set(['destination_refused', 'envelope_refused', 'definition_refused', 'record_stopped']);

/** A component with its values opened, for as long as one step works with it. */
export interface OpenUse {
  readonly connector: Connector;
  readonly options: Options;
  /** Where its values may be sent by this use. */
  readonly destinations: readonly string[];
  readonly redactor: Redactor;
  /** See {@link stateOf}: what it was opened with. */
  readonly state: string;
  contextFor(signal: AbortSignal): ConnectorContext;
  /** Records how the use ended and lets go of the values. A second call does nothing. */
  close(outcome: Outcome, code?: string): Promise<void>;
}

/**
 * Takes a component's values into use, in this order: check what may be used, commit the intent, follow the record up to it, check
 * versions, bytes and definitions against its newest statements, open, check the destinations. A failure at any point ends the use there.
 * Throws HoldfastError; its `extra.secretName` names the secret it is about.
 */
export async function openUse(dependencies: UseDependencies, component: BoundComponent, occasion: UseOccasion): Promise<OpenUse> {
  let current = component;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await openAsItIs(dependencies, current, occasion);
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error;
      current = error.now;
      await sleep(attempt * RETRY_MILLISECONDS);
    }
  }
  throw new HoldfastError('unavailable', `The component “${component.name}” is being changed again and again; nothing was sent.`);
}

/** Somebody saved the component, or replaced a value, between the moment that it was read and the intent. */
class ChangedMeanwhile extends Error {
  readonly code = 'changed';
  readonly now: BoundComponent;

  constructor(now: BoundComponent, cause: unknown) {
    super('The component was changed meanwhile.', { cause });
    this.now = now;
  }
}

/** What may look like a row that was put back, and be a change that the record knows: then it is tried again with what is there now. */
async function orChangedMeanwhile(
  { db }: UseDependencies,
  component: BoundComponent,
  occasion: UseOccasion,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof HoldfastError) || !DIFFERENCES.has(error.code)) return error;
  const now = await reloadComponent(db, occasion.organizationId, component);
  return now === undefined || JSON.stringify(now) === JSON.stringify(component) ? error : new ChangedMeanwhile(now, error);
}

async function openAsItIs(dependencies: UseDependencies, component: BoundComponent, occasion: UseOccasion): Promise<OpenUse> {
  const { db, instanceId, keys, record } = dependencies;
  const { organizationId } = occasion;
  const connector = dependencies.connectors.get(component.type);
  if (connector === undefined) {
    throw new HoldfastError(
      'option_invalid',
      `The component “${component.name}” is of a kind that this version does not know: ${component.type}.`,
    );
  }
  const usables = checkBindings(component, connector.type, await dependencies.clock.now());
  if ('error' in usables) {
    const { error, binding } = usables;
    await recorded(record.refuse(occasion, binding?.secret, binding?.secretName ?? null, error.code));
    throw about(error, binding?.secretName ?? null);
  }

  const known = dependencies.follower.refusal(organizationId) ?? dependencies.refusals.of(organizationId, component);
  const [first] = usables;
  if (known !== undefined && first !== undefined) {
    await recorded(record.refuse(occasion, first.secret, first.secret.name, known.code));
    throw about(known, first.secret.name);
  }

  const toOpen: { usable: Usable; sealed: Buffer }[] = [];
  for (const usable of usables) {
    try {
      const sealed = component.draft?.values.get(usable.secret.version.id) ?? (await readSealedValue(db, organizationId, usable));
      toOpen.push({ usable, sealed });
    } catch (found) {
      const error = await orChangedMeanwhile(dependencies, component, occasion, found);
      if (error instanceof HoldfastError) await recorded(record.refuse(occasion, usable.secret, usable.secret.name, error.code));
      throw about(error, usable.secret.name);
    }
  }
  const intents = await recorded(Promise.all(usables.map((usable) => record.intend(occasion, usable.secret))));

  const protectedUntilClose: (() => void)[] = [];
  const redactor = createRedactor((value) => protectedUntilClose.push(dependencies.logger.protect(value)));
  let destinations: string[] = [];
  const conclude = async (outcome: Outcome, code?: string): Promise<void> => {
    try {
      const facts = { destination: destinations.join(' '), ...(code !== undefined && { code }) };
      for (const { secret } of usables) await record.conclude(occasion, secret, outcome, facts);
    } finally {
      for (const release of protectedUntilClose) release();
    }
  };

  try {
    // As of the intent: what was replaced or deleted before it is not used after it.
    const log = await dependencies.follower.follow(organizationId, intents);
    checkStatements(log.statements, component, toOpen);
    const options: Record<string, unknown> = { ...component.configuration };
    // A sensitive option comes from a binding or not at all.
    for (const name of sensitiveOptions(connector.type)) delete options[name];
    const allowed: { usable: Usable; destinations: string[] }[] = [];
    for (const { usable, sealed } of toOpen) {
      const opened = await openVersion(keys, { instanceId, organizationId }, usable, sealed);
      redactor.protect(opened.value);
      options[usable.option] = opened.value;
      allowed.push({ usable, destinations: allowedDestinations(opened, usable.secret.destinations) });
    }
    try {
      destinations = connector.publisher.destinations(options);
      for (const each of allowed) refuseOtherDestinations(each.usable.secret.name, each.destinations, destinations);
    } catch (error) {
      if (isKnown(error)) dependencies.refusals.remember(organizationId, component, error);
      throw error;
    }
    return ready(dependencies, { component, connector, options, destinations, redactor, conclude });
  } catch (found) {
    const error = await orChangedMeanwhile(dependencies, component, occasion, found);
    const code = isKnown(error) || error instanceof ChangedMeanwhile ? error.code : 'internal';
    await conclude(REFUSALS.has(code) ? 'refused' : 'failed', code);
    throw about(error, usables[0]?.secret.name ?? null);
  }
}

interface Opened {
  readonly component: BoundComponent;
  readonly connector: Connector;
  readonly options: Record<string, unknown>;
  readonly destinations: readonly string[];
  readonly redactor: Redactor;
  readonly conclude: (outcome: Outcome, code?: string) => Promise<void>;
}

function ready({ egress }: UseDependencies, { component, connector, options, destinations, redactor, conclude }: Opened): OpenUse {
  const http = egress.open(destinations, redactor);
  let closed = false;
  return {
    connector,
    options,
    destinations,
    redactor,
    state: stateOf(component),
    contextFor: (signal) => ({ http, signal, protect: (part) => redactor.protect(part) }),
    async close(outcome, code) {
      if (closed) return;
      closed = true;
      for (const name of Object.keys(options)) delete options[name];
      await http[Symbol.asyncDispose]();
      await conclude(outcome, code);
    },
  };
}

function isKnown(error: unknown): error is HoldfastError | ConnectorError {
  return error instanceof HoldfastError || error instanceof ConnectorError;
}

async function recorded<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (error instanceof AppendError) throw new HoldfastError('audit_unavailable', undefined, { cause: error });
    throw error;
  }
}

/** Says which secret an error is about, unless it says so already. */
function about(error: unknown, secretName: string | null): unknown {
  if (!(error instanceof HoldfastError) || secretName === null) return error;
  return new HoldfastError(error.code, error.message, { remedy: error.remedy, extra: { secretName }, cause: error.cause });
}
