import { ERROR_CODES, type Failure, HoldfastError } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { isDatabaseOutage } from '@holdfast/db/data';
import { asksForTooLong, LONGEST_WAIT_MILLISECONDS } from './retry.ts';

const MINUTE_MILLISECONDS = 60_000;
const YEAR_MILLISECONDS = 366 * 24 * 60 * MINUTE_MILLISECONDS;

/** What is shown of an error. Only those that were written for people speak for themselves. */
export function toFailure(error: unknown): Failure {
  if (error instanceof HoldfastError) return { code: error.code, detail: error.message, remedy: error.remedy };
  if (error instanceof ConnectorError) {
    if (asksForTooLong(error)) return { code: error.code, detail: `${error.message} ${askedTimeInWords(error)}`, remedy: AFTER_THAT_TIME };
    return { code: error.code, detail: error.message, remedy: error.remedy ?? ERROR_CODES[error.code].remedy };
  }
  return { code: 'internal', detail: ERROR_CODES.internal.title, remedy: ERROR_CODES.internal.remedy };
}

const AFTER_THAT_TIME = 'Try again after that time: a run is then taken up with what is left of it, or with one document alone.';

function askedTimeInWords({ retryAfterMilliseconds = 0 }: ConnectorError): string {
  const longest = durationInWords(LONGEST_WAIT_MILLISECONDS);
  if (retryAfterMilliseconds > YEAR_MILLISECONDS) {
    return `It asks to be left alone for more than a year; a run waits for ${longest} at most.`;
  }
  const until = new Date(Date.now() + retryAfterMilliseconds).toISOString().slice(0, 16).replace('T', ' ');
  return `It asks to be left alone for ${durationInWords(retryAfterMilliseconds)}, until ${until} UTC; a run waits for ${longest} at most.`;
}

function durationInWords(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / MINUTE_MILLISECONDS);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.ceil(hours / 24)} days`;
}

/** The secret that an error is about, if it is about one. */
export function secretNameOf(error: unknown): string | null {
  const name = error instanceof HoldfastError ? error.extra?.secretName : undefined;
  return typeof name === 'string' ? name : null;
}

/** The database or the audit record is away: nothing was decided, and the same is to be tried again later. */
export function isOutage(error: unknown): boolean {
  if (error instanceof HoldfastError) return error.code === 'unavailable' || error.code === 'audit_unavailable';
  return !(error instanceof ConnectorError) && isDatabaseOutage(error);
}
