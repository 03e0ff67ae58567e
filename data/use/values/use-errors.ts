import { HoldfastError } from '@holdfast/api';
import { AppendError } from '@holdfast/audit';

/**
 * What `writing` answers: no audit, no use.
 *
 * @throws HoldfastError `audit_unavailable`, to whose use it was, for what could not be recorded; anything
 *   else as it is.
 */
export async function orAuditUnavailable<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (error instanceof AppendError) throw new HoldfastError('audit_unavailable', undefined, { cause: error });
    throw error;
  }
}

/** The error with the secret that it is about, unless that has no name. */
export function withSecretName(error: unknown, secretName: string | null): unknown {
  if (!(error instanceof HoldfastError) || secretName === null) return error;
  return new HoldfastError(error.code, error.message, { remedy: error.remedy, extra: { secretName }, cause: error.cause });
}
