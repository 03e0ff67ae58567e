import { HoldfastError } from '@holdfast/api';
import type { WantedUse } from './wanted-use.ts';

/** What rows that differ from the record are refused with. */
const DIFFERENCES: ReadonlySet<string> = new Set(['envelope_refused', 'definition_refused']);

/** Somebody saved the consumer, or replaced a value, between the moment that it was read and the intent. */
export class ChangedMeanwhile extends Error {
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
 *
 * @returns the error itself, or ChangedMeanwhile.
 */
export async function toChangedMeanwhile(wanted: WantedUse, error: unknown): Promise<unknown> {
  if (!(error instanceof HoldfastError) || !DIFFERENCES.has(error.code)) return error;
  const now = await wanted.reload();
  return now === undefined || readAs(now) === readAs(wanted) ? error : new ChangedMeanwhile(now, error);
}

/** Changes when a row that a use was read from changes. */
function readAs({ consumer, values, definition, revision }: WantedUse): string {
  return JSON.stringify([consumer, values.map(({ place, secretName, secret }) => [place, secretName, secret]), definition, revision]);
}
