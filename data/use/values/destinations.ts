import { HoldfastError } from '@holdfast/api';
import { namedDestinations } from '@holdfast/envelope';
import { type Consumer, calledSecret } from './wanted-use.ts';

/**
 * Where an opened value may be sent. The policy sealed with the value decides; without one, the destinations
 * that the value itself names were approved by sealing it. The database can narrow this, and never widen it.
 */
export function allowedDestinations(opened: { value: string; destinations: readonly string[] }, narrowedTo: readonly string[]): string[] {
  const sealed = opened.destinations.length > 0 ? [...opened.destinations] : namedDestinations(opened.value);
  return narrowedTo.length === 0 ? sealed : sealed.filter((destination) => narrowedTo.includes(destination));
}

/** @throws HoldfastError `destination_refused` for the first destination that the value may not go to. */
export function refuseOtherDestinations(
  consumer: Pick<Consumer, 'kind'>,
  secretName: string | null,
  allowed: readonly string[],
  wanted: readonly string[],
): void {
  const refused = wanted.find((destination) => !allowed.includes(destination));
  if (refused === undefined) return;
  throw new HoldfastError('destination_refused', `${calledSecret(secretName, consumer)} may not be sent to ${refused}; nothing was sent.`);
}
