import type { KeyRotation, OrganizationKeyFacts } from '@holdfast/api';
import type { Tone } from '../../ui/tag.tsx';

export const KEY_STATE_WORDS: Readonly<Record<OrganizationKeyFacts['state'], string>> = {
  current: 'Current',
  retiring: 'Being retired',
  destroyed: 'Destroyed',
};

export const KEY_TONES: Readonly<Record<OrganizationKeyFacts['state'], Tone>> = {
  current: 'good',
  retiring: 'warn',
  destroyed: 'quiet',
};

/** Why a value could not be sealed again. */
export const FAILURE_WORDS: Readonly<Record<string, string>> = {
  value_missing: 'its sealed value is gone from the database',
  value_refused: 'it does not open, or is not what the audit record commits to',
  key_unusable: 'its key cannot be unwrapped',
};

/** What a rotation waits for. */
export const WAITING_WORDS: Readonly<Record<string, string>> = {
  record_stopped: 'The audit record does not verify, so nothing is opened. It goes on when the record is put right.',
  sealing_key_older:
    'The current sealing key is older than one that values are under: somebody has put it back in the database. Nothing is sealed under it. Tell the operator.',
  unavailable: 'The database or the data plane is busy or away. It goes on by itself.',
};

/** An estimate on the careful side; tests/flows/key-rotation.test.ts demands 40 of two busy cores. */
const VALUES_PER_SECOND = 100;

/** How long it takes to seal so many values again. */
export function takesAbout(values: number): string {
  const seconds = Math.ceil(values / VALUES_PER_SECOND);
  if (seconds <= 5) return 'That takes a few seconds.';
  return seconds < 90 ? `That takes about ${seconds} seconds.` : `That takes about ${Math.ceil(seconds / 60)} minutes.`;
}

export function valuesWords(count: number): string {
  return `${count.toLocaleString()} ${count === 1 ? 'value' : 'values'}`;
}

export function isUnderWay(rotation: KeyRotation | null | undefined): boolean {
  return rotation?.state === 'requested' || rotation?.state === 're-sealing';
}
