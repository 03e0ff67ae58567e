import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import { AppendError, type LogEntry, type Outcome, type Statements } from '@holdfast/audit';
import type { Database, InstanceClock, Queue } from '@holdfast/db/data';
import type { Logger } from '@holdfast/service';
import type { Kysely } from 'kysely';
import type { NamedOrganization } from '../../egress/allow-list.ts';
import type { Egress, UseEgress } from '../../egress/egress.ts';
import { createRedactor, type Redactor } from '../../egress/redaction.ts';
import type { OpeningKeys } from '../../keys/opening-keys.ts';
import type { RecordFollower } from '../../record/follower.ts';
import { checkStatements } from './check-statements.ts';
import { checkUsable, type Usable } from './check-usable.ts';
import { type AllowedDestinations, allowedDestinations, decisionsAbout, destinationRefused, unapprovedOf } from './destinations.ts';
import type { KnownRefusals } from './known-refusals.ts';
import { openVersion, sealedValueOf } from './open-version.ts';
import type { UseOccasion, UseRecord } from './use-record.ts';
import { waitingForApproval } from './waiting-for-approval.ts';
import type { Prepared, WantedUse } from './wanted-use.ts';

export interface UseDependencies {
  readonly db: Kysely<Database>;
  /** Takes mails to those who approve destinations. */
  readonly queue: Pick<Queue, 'send'>;
  readonly instanceId: string;
  readonly keys: OpeningKeys;
  readonly record: UseRecord;
  readonly refusals: KnownRefusals;
  readonly follower: RecordFollower;
  readonly egress: Egress;
  readonly logger: Logger;
  /** Decides what has expired; no other clock does. */
  readonly clock: Pick<InstanceClock, 'now'>;
}

/** How often a consumer is read again that others keep changing, and how much longer each wait before is. */
const ATTEMPTS = 10;
const RETRY_MILLISECONDS = 10;

/** What rows that differ from the record are refused with. */
const DIFFERENCES: ReadonlySet<string> = new Set(['envelope_refused', 'definition_refused']);

/** Codes that say that a value may not be used so, in contrast to one that could not. */
const REFUSALS: ReadonlySet<string> = new Set(['destination_refused', 'envelope_refused', 'definition_refused', 'record_stopped']);

/** The values of one use, open for as long as the consumer works with them. */
export interface OpenValues<P extends Prepared = Prepared> {
  /** What was opened in the end: the consumer may have been changed since it was first read. */
  readonly wanted: WantedUse<P>;
  /** What the consumer made of its values. */
  readonly prepared: P;
  /** The only way out: to the destinations that the values allow. */
  readonly waysOut: UseEgress;
  readonly redactor: Redactor;
  /** Closes the way out and records how the use ended. A second call does nothing. */
  close(outcome: Outcome, code?: string): Promise<void>;
}

/**
 * Takes values into use, in this order: check what may be used, commit the intent, follow the record up to
 * it, check versions, bytes and definitions against its newest statements, open, have the consumer prepare
 * them, check the destinations. A failure at any point ends the use there, and nothing was sent.
 *
 * A consumer or value that was changed between reading and intent is read again, 10 times at the most.
 *
 * @param wanted what the consumer read from the database.
 * @returns the open values; call `close` when the work is done, or they stay protected and their outcome open
 *   on the record.
 * @throws HoldfastError, with the name of the secret it is about in `extra.secretName`: `secret_missing`,
 *   `secret_expired`, `secret_out_of_scope`, `destination_refused`, `envelope_refused`, `definition_refused`,
 *   `record_stopped`, `audit_unavailable` (no audit, no use), `unavailable`, or what `wanted.prepare` throws.
 * @example
 * ```ts
 * const wanted = wantedByComponent(db, organizationId, component, connector);
 * const use = await useValues(dependencies, wanted, { organizationId, actor, context: { run: runId } });
 * try {
 *   await use.waysOut.under(signal).fetch(url);
 *   await use.close('success');
 * } catch (error) {
 *   await use.close('failed', 'upstream_unreachable');
 *   throw error;
 * }
 * ```
 */
export async function useValues<P extends Prepared>(
  dependencies: UseDependencies,
  wanted: WantedUse<P>,
  occasion: UseOccasion,
): Promise<OpenValues<P>> {
  let current = wanted;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await useAsItIs(dependencies, current, occasion);
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error;
      current = error.now as WantedUse<P>;
      await sleep(attempt * RETRY_MILLISECONDS);
    }
  }
  const { kind, name } = wanted.consumer;
  throw new HoldfastError('unavailable', `The ${kind} “${name}” is being changed again and again; nothing was sent.`);
}

/**
 * The same for a consumer that is known from before, in one statement less: it is looked at, and its sealed
 * values are read, by the statement that commits the intent, which it does only if the consumer is what it
 * was. `undefined` when it is not, or when what is known would be refused: then nothing was done, and what is
 * there now is to be read and used.
 */
export async function useUnchangedValues<P extends Prepared>(
  dependencies: UseDependencies,
  wanted: WantedUse<P>,
  occasion: UseOccasion,
): Promise<OpenValues<P> | undefined> {
  const announced = await announceUnchanged(dependencies, wanted, occasion);
  if (announced === undefined) return undefined;
  try {
    return await openAnnounced(dependencies, wanted, occasion, announced);
  } catch (error) {
    if (!(error instanceof ChangedMeanwhile)) throw error;
    return useValues(dependencies, error.now as WantedUse<P>, occasion);
  }
}

/** Somebody saved the consumer, or replaced a value, between the moment that it was read and the intent. */
class ChangedMeanwhile extends Error {
  readonly code = 'changed';
  readonly now: WantedUse;

  constructor(now: WantedUse, cause: unknown) {
    super('The consumer was changed meanwhile.', { cause });
    this.now = now;
  }
}

/**
 * What may look like a row that was put back, and be a change that the record knows: then it is tried again
 * with what is there now.
 */
async function orChangedMeanwhile(wanted: WantedUse, error: unknown): Promise<unknown> {
  if (!(error instanceof HoldfastError) || !DIFFERENCES.has(error.code)) return error;
  const now = await wanted.reload();
  return now === undefined || readAs(now) === readAs(wanted) ? error : new ChangedMeanwhile(now, error);
}

/** With the bytes that were read later than the rest, if they were. */
function withSealed(wanted: WantedUse, toOpen: Announced['toOpen']): WantedUse {
  const bytes = new Map(toOpen.map(({ usable, sealed }) => [usable.place, sealed]));
  const values = wanted.values.map((value) => {
    const { place, secret } = value;
    return secret === undefined || value.sealed !== undefined ? value : { ...value, secret: { ...secret, sealed: bytes.get(place) } };
  });
  return { ...wanted, values };
}

/** Changes when a row that a use was read from changes. */
function readAs({ consumer, values, definition, revision }: WantedUse): string {
  return JSON.stringify([consumer, values.map(({ place, secretName, secret }) => [place, secretName, secret]), definition, revision]);
}

async function useAsItIs<P extends Prepared>(
  dependencies: UseDependencies,
  wanted: WantedUse<P>,
  occasion: UseOccasion,
): Promise<OpenValues<P>> {
  return openAnnounced(dependencies, wanted, occasion, await announce(dependencies, wanted, occasion));
}

/** A use whose intents are on the record. */
interface Announced {
  /** Without its bytes when they vanished beside the record. */
  readonly toOpen: readonly { readonly usable: Usable; readonly sealed: Buffer | undefined }[];
  readonly intents: readonly LogEntry[];
}

/** Checks what may be used, and commits the intents; or records the refusal, and throws it. */
async function announce(dependencies: UseDependencies, wanted: WantedUse, occasion: UseOccasion): Promise<Announced> {
  const { record } = dependencies;
  const { organizationId } = occasion;
  const { consumer } = wanted;
  if (wanted.refusal !== undefined) {
    await recorded(record.refuse(occasion, consumer, undefined, wanted.refusal.code));
    throw wanted.refusal;
  }
  const usables = checkUsable(consumer, wanted.values, await dependencies.clock.now());
  if ('error' in usables) {
    const { error, value } = usables;
    await recorded(record.refuse(occasion, consumer, value, error.code));
    throw about(error, value.secretName);
  }

  const known = dependencies.follower.refusal(organizationId) ?? (await knownRefusal(dependencies, organizationId, wanted));
  const [first] = usables;
  if (known !== undefined && first !== undefined) {
    await recorded(record.refuse(occasion, consumer, first, known.code));
    throw about(known, first.secret.name);
  }

  const toOpen: { usable: Usable; sealed: Buffer }[] = [];
  for (const usable of usables) {
    try {
      toOpen.push({ usable, sealed: sealedValueOf(consumer, usable, usable.sealed ?? usable.secret.sealed) });
    } catch (found) {
      const error = await orChangedMeanwhile(wanted, found);
      if (error instanceof HoldfastError) await recorded(record.refuse(occasion, consumer, usable, error.code));
      throw about(error, usable.secret.name);
    }
  }
  const intents = await recorded(Promise.all(usables.map((usable) => record.intend(occasion, consumer, usable))));
  return { toOpen, intents };
}

/** See {@link useUnchangedValues}. A refusal is not found here, but with what is read after it. */
async function announceUnchanged(
  { record, clock, follower, refusals }: UseDependencies,
  wanted: WantedUse,
  occasion: UseOccasion,
): Promise<Announced | undefined> {
  const { consumer, readBefore } = wanted;
  const { organizationId } = occasion;
  if (readBefore === undefined || wanted.refusal !== undefined || wanted.values.length === 0) return undefined;
  const usables = checkUsable(consumer, wanted.values, await clock.now());
  if ('error' in usables) return undefined;
  if (follower.refusal(organizationId) !== undefined || refusals.of(organizationId, wanted) !== undefined) return undefined;
  const unchanged = await recorded(record.intendIfUnchanged(occasion, consumer, usables, readBefore));
  if (unchanged === undefined) return undefined;
  const { intents, sealed } = unchanged;
  return { intents, toOpen: usables.map((usable) => ({ usable, sealed: sealed.get(usable.secret.version.id) })) };
}

/**
 * Opens what was announced, once the record has confirmed it. Whatever fails from here on is an outcome on
 * the record.
 */
async function openAnnounced<P extends Prepared>(
  dependencies: UseDependencies,
  wanted: WantedUse<P>,
  occasion: UseOccasion,
  { toOpen, intents }: Announced,
): Promise<OpenValues<P>> {
  const { db, instanceId, keys, record } = dependencies;
  const { organizationId } = occasion;
  const { consumer } = wanted;
  const protectedUntilClose: (() => void)[] = [];
  const redactor = createRedactor((value) => protectedUntilClose.push(dependencies.logger.protect(value)));
  let destinations: readonly string[] = [];
  const conclude = async (outcome: Outcome, code?: string): Promise<void> => {
    try {
      const facts = { destination: destinations.join(' '), ...(code !== undefined && { code }) };
      for (const { usable } of toOpen) await record.conclude(occasion, consumer, usable, outcome, facts);
    } finally {
      for (const release of protectedUntilClose) release();
    }
  };

  try {
    // As of the intent: what was replaced or deleted before it is not used after it.
    const log = await dependencies.follower.follow(organizationId, intents);
    const there = toOpen.map(({ usable, sealed }) => ({ usable, sealed: sealedValueOf(consumer, usable, sealed) }));
    checkStatements(log.statements, wanted, there);
    const values = new Map<string, string>();
    const allowed: { usable: Usable; destinations: AllowedDestinations }[] = [];
    const decisions = decisionsAbout(log.statements, wanted);
    const mode = log.statements.destinationMode;
    for (const { usable, sealed } of there) {
      const opened = await openVersion(keys, { instanceId, organizationId }, consumer, usable, sealed);
      redactor.protect(opened.value);
      values.set(usable.place, opened.value);
      allowed.push({ usable, destinations: allowedDestinations(opened, usable.secret, approvedFor(usable, wanted, log.statements)) });
    }
    let prepared: P;
    const observed: { usable: Usable; destination: string }[] = [];
    try {
      prepared = wanted.prepare(values);
      for (const text of prepared.texts) redactor.protect(text);
      destinations = prepared.destinations;
      for (const { usable, destinations: own } of allowed) {
        for (const destination of destinations) {
          const refusal = own.refusalOf(destination);
          if (refusal === 'not-approved' && mode === 'observe') observed.push({ usable, destination });
          else if (refusal !== undefined) throw destinationRefused(consumer, usable.secret, destination, refusal);
        }
      }
    } catch (thrown) {
      const found = redactor.redactError(thrown);
      const unapproved = unapprovedOf(thrown);
      const error =
        unapproved === undefined ? found : await waitingForApproval(dependencies, occasion, wanted, unapproved, found as HoldfastError);
      if (error instanceof HoldfastError) {
        dependencies.refusals.remember(organizationId, wanted, error, unapproved === undefined ? undefined : decisions);
      }
      throw error;
    }
    for (const { usable, destination } of observed) {
      await recorded(record.observe(occasion, consumer, usable, destination));
      await wanted.requestApproval?.(dependencies, occasion, { secretId: usable.secret.id, destination }, 'observed');
    }
    const organization = { id: organizationId, slug: dependencies.egress.needsSlugs ? await slugOf(db, organizationId) : undefined };
    return opened(dependencies, { wanted, prepared, redactor, conclude, organization });
  } catch (thrown) {
    // Before the values are forgotten.
    const found = redactor.redactError(thrown);
    let error = found;
    try {
      error = await orChangedMeanwhile(withSealed(wanted, toOpen), found);
    } finally {
      const code = error instanceof HoldfastError || error instanceof ChangedMeanwhile ? error.code : 'internal';
      await conclude(REFUSALS.has(code) ? 'refused' : 'failed', code);
    }
    throw about(error, toOpen[0]?.usable.secret.name ?? null);
  }
}

/** The same refusal as before, unless the record has decided otherwise since. */
async function knownRefusal(
  { follower, refusals }: UseDependencies,
  organizationId: string,
  wanted: WantedUse,
): Promise<HoldfastError | undefined> {
  const known = refusals.of(organizationId, wanted);
  if (known?.decisions === undefined) return known?.error;
  const { statements } = await follower.follow(organizationId);
  return decisionsAbout(statements, wanted) === known.decisions ? known.error : undefined;
}

/** As the record states it, and the definition of this use. */
function approvedFor({ secret }: Usable, { approved }: WantedUse, { secrets }: Statements): string[] {
  const now = approved.flatMap(({ secretId, destination }) => (secretId === secret.id ? [destination] : []));
  return [...(secrets.get(secret.id)?.approved ?? []), ...now];
}

interface Opened<P extends Prepared> {
  readonly wanted: WantedUse<P>;
  readonly prepared: P;
  readonly redactor: Redactor;
  readonly conclude: (outcome: Outcome, code?: string) => Promise<void>;
  readonly organization: NamedOrganization;
}

/** Its short name, which stays. */
async function slugOf(db: Kysely<Database>, id: string): Promise<string | undefined> {
  return (await db.selectFrom('auth.organization').select('slug').where('id', '=', id).executeTakeFirst())?.slug;
}

function opened<P extends Prepared>(
  { egress }: UseDependencies,
  { wanted, prepared, redactor, conclude, organization }: Opened<P>,
): OpenValues<P> {
  const waysOut = egress.open(prepared.destinations, redactor, organization);
  let closed = false;
  return {
    wanted,
    prepared,
    waysOut,
    redactor,
    async close(outcome, code) {
      if (closed) return;
      closed = true;
      await waysOut[Symbol.asyncDispose]();
      await conclude(outcome, code);
    },
  };
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
