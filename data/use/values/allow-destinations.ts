import type { Statements } from '@holdfast/audit';
import type { Usable } from './check-usable.ts';
import { type AllowedDestinations, allowedDestinations, destinationRefused } from './destinations.ts';
import type { UseDependencies } from './use-dependencies.ts';
import { orAuditUnavailable } from './use-errors.ts';
import type { UseOccasion } from './use-record.ts';
import type { Consumer, WantedUse } from './wanted-use.ts';

/** An opened value, and where it may be sent. */
export interface AllowedValue {
  readonly usable: Usable;
  readonly destinations: AllowedDestinations;
}

/** A value that goes to a destination that nobody has approved, since the organization only observes. */
export interface ObservedDestination {
  readonly usable: Usable;
  readonly destination: string;
}

/** Where an opened value may be sent, as the record states it, and the definition of this use. */
export function allowedByRecord(
  opened: { readonly value: string; readonly destinations: readonly string[] },
  usable: Usable,
  { approved }: Pick<WantedUse, 'approved'>,
  { secrets }: Statements,
): AllowedValue {
  const { secret } = usable;
  const now = approved.flatMap(({ secretId, destination }) => (secretId === secret.id ? [destination] : []));
  const stated = secrets.get(secret.id)?.approved ?? [];
  return { usable, destinations: allowedDestinations(opened, secret, [...stated, ...now]) };
}

/**
 * Checks each value against everything that all of them will be sent to.
 *
 * @returns what nobody has approved and goes on all the same.
 * @throws HoldfastError `destination_refused`.
 */
export function checkDestinations(
  consumer: Consumer,
  values: readonly AllowedValue[],
  destinations: readonly string[],
  mode: Statements['destinationMode'],
): ObservedDestination[] {
  const observed: ObservedDestination[] = [];
  for (const { usable, destinations: own } of values) {
    for (const destination of destinations) {
      const refusal = own.refusalOf(destination);
      if (refusal === 'not-approved' && mode === 'observe') observed.push({ usable, destination });
      else if (refusal !== undefined) throw destinationRefused(consumer, usable.secret, destination, refusal);
    }
  }
  return observed;
}

/**
 * Records what goes on without approval, and asks for it.
 *
 * @throws HoldfastError `audit_unavailable` when the first of a kind cannot be recorded; what asking for
 *   approval rejects with.
 */
export async function recordObserved(
  dependencies: UseDependencies,
  occasion: UseOccasion,
  wanted: WantedUse,
  observed: readonly ObservedDestination[],
): Promise<void> {
  for (const { usable, destination } of observed) {
    await orAuditUnavailable(dependencies.record.observe(occasion, wanted.consumer, usable, destination));
    await wanted.requestApproval?.(dependencies, occasion, { secretId: usable.secret.id, destination }, 'observed');
  }
}
