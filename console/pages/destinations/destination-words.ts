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
