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

/** One row among others: a secret may be asked for several places. */
export function keyOf({ secret, destination }: SecretDestination): string {
  return `${secret.id} ${destination}`;
}

/** “API_KEY → https://…”, or how many. */
export function rowsWords(rows: readonly SecretDestination[]): string {
  const [only] = rows;
  return rows.length === 1 && only !== undefined ? `${secretWords(only)} → ${only.destination}` : `${rows.length} destinations`;
}
