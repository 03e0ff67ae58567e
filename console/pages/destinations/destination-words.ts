import type { SecretDestination } from '@holdfast/api';
import type { Tone } from '../../ui/tone.ts';

type State = SecretDestination['state'];

export const STATE_WORDS: Readonly<Record<State, string>> = {
  requested: 'Waiting',
  approved: 'Approved',
  refused: 'Refused',
  revoked: 'Revoked',
};

export const STATE_TONES: Readonly<Record<State, Tone>> = { requested: 'warn', approved: 'good', refused: 'bad', revoked: 'bad' };

/** What people call the secret of a row: an own value goes by its component. */
export function secretWords({ secret, askedFor, usedBy }: SecretDestination): string {
  if (secret.name !== null) return secret.name;
  const component = askedFor ?? usedBy[0];
  return component === undefined ? 'A component’s own value' : `Own value of ${component.name}`;
}

/** How many components send to the destinations. Of a row not all need be named: then there may be more. */
export function sendersOf(rows: readonly SecretDestination[]): { count: number; orMore: boolean } {
  const named = new Set(rows.flatMap(({ usedBy }) => usedBy.map(({ id }) => id)));
  const most = Math.max(named.size, ...rows.map(({ usedByTotal }) => usedByTotal));
  return { count: most, orMore: rows.length > 1 && rows.some(({ usedBy, usedByTotal }) => usedBy.length < usedByTotal) };
}

/** One row among others: a secret may be asked for several places. */
export function keyOf({ secret, destination }: SecretDestination): string {
  return `${secret.id} ${destination}`;
}

/** “API_KEY → https://…”, or how many. */
export function rowsWords(rows: readonly SecretDestination[]): string {
  const [only] = rows;
  return rows.length === 1 && only !== undefined ? `${secretWords(only)} → ${only.destination}` : `${rows.length} destinations`;
}

type Decision = 'approve' | 'refuse' | 'revoke';

/**
 * Whether a decision would change anything: where a secret has destinations of its own, one of them is not
 * taken away here, and no other is approved.
 */
export function canDecide(decision: Decision, { state, ownDestinations }: SecretDestination): boolean {
  switch (decision) {
    case 'approve':
      return state !== 'approved' && ownDestinations !== 'lack-it';
    case 'refuse':
      return state === 'requested' && ownDestinations !== 'hold-it';
    case 'revoke':
      return state === 'approved' && ownDestinations !== 'hold-it';
  }
}

/** What the secret's own destinations say beside the state; `undefined` when the state says it. */
export function ownDestinationsWords({ state, ownDestinations }: SecretDestination): string | undefined {
  if (ownDestinations === 'hold-it')
    return 'It may be sent there, unless others are sealed with the value: its details name this destination. Take it off there to stop that.';
  if (ownDestinations === 'lack-it' && state !== 'refused' && state !== 'revoked')
    return 'It may not be sent there: its details name others only. Add this destination there to allow it.';
  return undefined;
}
