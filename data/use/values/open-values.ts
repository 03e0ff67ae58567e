import { HoldfastError } from '@holdfast/api';
import type { Outcome, Statements } from '@holdfast/audit';
import type { NamedOrganization } from '../../egress/allow-list.ts';
import type { UseEgress } from '../../egress/egress.ts';
import type { Redactor } from '../../egress/redaction.ts';
import { type AllowedValue, allowedByRecord, checkDestinations, type ObservedDestination, recordObserved } from './allow-destinations.ts';
import type { Announced } from './announce-use.ts';
import { ChangedMeanwhile, toChangedMeanwhile } from './changed-meanwhile.ts';
import { checkStatements } from './check-statements.ts';
import type { Usable } from './check-usable.ts';
import { decisionsAbout, unapprovedOf } from './destinations.ts';
import { openVersion, sealedValueOf } from './open-version.ts';
import type { UseDependencies } from './use-dependencies.ts';
import { withSecretName } from './use-errors.ts';
import { createUseOutcome, type UseOutcome } from './use-outcome.ts';
import type { UseOccasion } from './use-record.ts';
import { waitingForApproval } from './waiting-for-approval.ts';
import type { Prepared, WantedUse } from './wanted-use.ts';

/** Codes that say that a value may not be used so, in contrast to one that could not. */
const REFUSALS: ReadonlySet<string> = new Set(['destination_refused', 'envelope_refused', 'definition_refused', 'record_stopped']);

/** The values of one use, open for as long as the consumer works with them. */
export interface OpenValues<P extends Prepared = Prepared> {
  /** What was opened in the end: the consumer may have been changed since it was first read. */
  readonly wanted: WantedUse<P>;
  /** What the consumer made of its values. */
  readonly prepared: P;
  /** The only way out: to the destinations that the values allow. */
  readonly egress: UseEgress;
  readonly redactor: Redactor;
  /** Closes the way out and records how the use ended. A second call does nothing. */
  close(outcome: Outcome, code?: string): Promise<void>;
}

/**
 * Opens what was announced, once the record has confirmed it, and has the consumer prepare it. Whatever fails
 * from here on is an outcome on the record.
 *
 * @throws HoldfastError, ChangedMeanwhile when the consumer is to be read again, or what `wanted.prepare`
 *   throws.
 */
export async function openValues<P extends Prepared>(
  dependencies: UseDependencies,
  wanted: WantedUse<P>,
  occasion: UseOccasion,
  announced: Announced,
): Promise<OpenValues<P>> {
  const usables = announced.toOpen.map(({ usable }) => usable);
  const outcome = createUseOutcome(dependencies, occasion, wanted.consumer, usables);
  try {
    const confirmed = await confirm(dependencies, wanted, occasion, announced);
    const opened = await openConfirmed(dependencies, wanted, occasion, confirmed, outcome.redactor);
    const { prepared, observed } = await prepare(dependencies, wanted, occasion, { ...confirmed, ...opened, outcome });
    await recordObserved(dependencies, occasion, wanted, observed);
    const organization = await organizationFor(dependencies, occasion);
    return untilClosed(wanted, prepared, dependencies.egress.open(prepared.destinations, outcome.redactor, organization), outcome);
  } catch (thrown) {
    throw await endedBy(thrown, wanted, announced, outcome);
  }
}

/** What the record has confirmed, and what it had decided then. */
interface Confirmed {
  readonly statements: Statements;
  readonly mode: Statements['destinationMode'];
  /** See {@link decisionsAbout}. */
  readonly decisions: string;
  readonly toOpen: readonly { readonly usable: Usable; readonly sealed: Buffer }[];
}

/** As of the intent: what was replaced or deleted before it is not used after it. */
async function confirm(
  { follower }: UseDependencies,
  wanted: WantedUse,
  { organizationId }: UseOccasion,
  announced: Announced,
): Promise<Confirmed> {
  const { statements } = await follower.follow(organizationId, announced.intents);
  const toOpen = announced.toOpen.map(({ usable, sealed }) => ({ usable, sealed: sealedValueOf(wanted.consumer, usable, sealed) }));
  checkStatements(statements, wanted, toOpen);
  return { statements, mode: statements.destinationMode, decisions: decisionsAbout(statements, wanted), toOpen };
}

/** Each value by its place, and where it may be sent. */
interface Opened {
  readonly values: ReadonlyMap<string, string>;
  readonly allowed: readonly AllowedValue[];
}

async function openConfirmed(
  { instanceId, keys }: UseDependencies,
  wanted: WantedUse,
  { organizationId }: UseOccasion,
  { toOpen, statements }: Confirmed,
  redactor: Redactor,
): Promise<Opened> {
  const values = new Map<string, string>();
  const allowed: AllowedValue[] = [];
  for (const { usable, sealed } of toOpen) {
    const opened = await openVersion(keys, { instanceId, organizationId }, wanted.consumer, usable, sealed);
    redactor.protect(opened.value);
    values.set(usable.place, opened.value);
    allowed.push(allowedByRecord(opened, usable, wanted, statements));
  }
  return { values, allowed };
}

/**
 * What is refused here is remembered, since the same values with the same settings are refused again; and a
 * destination that somebody can approve is asked for.
 */
async function prepare<P extends Prepared>(
  dependencies: UseDependencies,
  wanted: WantedUse<P>,
  occasion: UseOccasion,
  { mode, decisions, values, allowed, outcome }: Confirmed & Opened & { readonly outcome: UseOutcome },
): Promise<{ readonly prepared: P; readonly observed: readonly ObservedDestination[] }> {
  const { redactor } = outcome;
  try {
    const prepared = wanted.prepare(values);
    for (const text of prepared.texts) redactor.protect(text);
    outcome.setDestinations(prepared.destinations);
    return { prepared, observed: checkDestinations(wanted.consumer, allowed, prepared.destinations, mode) };
  } catch (thrown) {
    const found = redactor.redactError(thrown);
    const unapproved = unapprovedOf(thrown);
    const error =
      unapproved === undefined ? found : await waitingForApproval(dependencies, occasion, wanted, unapproved, found as HoldfastError);
    if (error instanceof HoldfastError) {
      dependencies.refusals.remember(occasion.organizationId, wanted, error, unapproved === undefined ? undefined : decisions);
    }
    throw error;
  }
}

/** With its short name, which stays, where addresses are allowed to organizations by it. */
async function organizationFor({ db, egress }: UseDependencies, { organizationId: id }: UseOccasion): Promise<NamedOrganization> {
  if (!egress.needsSlugs) return { id, slug: undefined };
  const found = await db.selectFrom('auth.organization').select('slug').where('id', '=', id).executeTakeFirst();
  return { id, slug: found?.slug };
}

function untilClosed<P extends Prepared>(
  wanted: WantedUse<P>,
  prepared: P,
  egress: UseEgress,
  { redactor, record }: UseOutcome,
): OpenValues<P> {
  let closed = false;
  return {
    wanted,
    prepared,
    egress,
    redactor,
    async close(outcome, code) {
      if (closed) return;
      closed = true;
      await egress[Symbol.asyncDispose]();
      await record(outcome, code);
    },
  };
}

/** Records how it ended, also when the consumer cannot be read again. @returns what to throw. */
async function endedBy(thrown: unknown, wanted: WantedUse, { toOpen }: Announced, { redactor, record }: UseOutcome): Promise<unknown> {
  // Before the values are forgotten.
  const found = redactor.redactError(thrown);
  let error = found;
  try {
    error = await toChangedMeanwhile(withSealed(wanted, toOpen), found);
  } finally {
    const code = error instanceof HoldfastError || error instanceof ChangedMeanwhile ? error.code : 'internal';
    await record(REFUSALS.has(code) ? 'refused' : 'failed', code);
  }
  return withSecretName(error, toOpen[0]?.usable.secret.name ?? null);
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
