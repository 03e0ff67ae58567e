import { ERROR_CODES, type Failure, HoldfastError } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { isDatabaseOutage } from '@holdfast/db/data';

/** What is shown of an error. Only those that were written for people speak for themselves. */
export function toFailure(error: unknown): Failure {
  if (error instanceof HoldfastError) return { code: error.code, detail: error.message, remedy: error.remedy };
  if (error instanceof ConnectorError) {
    return { code: error.code, detail: error.message, remedy: error.remedy ?? ERROR_CODES[error.code].remedy };
  }
  return { code: 'internal', detail: ERROR_CODES.internal.title, remedy: ERROR_CODES.internal.remedy };
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
