import { ConnectorError } from '@holdfast/connector';
import { shownCode } from './error-codes.ts';

/** What was being done, in words that people know, for the sentence that explains a failure. */
export interface Attempt {
  readonly account: string;
  readonly container: string;
  readonly blob?: string;
}

/** The part of Azure's error that is safe to show. Its message is not used: it can repeat the address with a signature. */
interface ServiceAnswer {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMilliseconds?: number;
}

export function answerOf(error: unknown): ServiceAnswer | undefined {
  if (!(error instanceof Error) || error.name !== 'RestError') return undefined;
  const { statusCode, code, response } = error as Error & {
    statusCode?: number;
    code?: string;
    response?: { headers: { get(name: string): string | undefined } };
  };
  if (statusCode === undefined) return undefined;
  const seconds = Number(response?.headers.get('retry-after'));
  const shown = response?.headers.get('x-ms-error-code') ?? code ?? '';
  return {
    status: statusCode,
    code: shownCode(shown, statusCode),
    ...(seconds > 0 && { retryAfterMilliseconds: Math.min(seconds, 300) * 1000 }),
  };
}

const MISSING_PERMISSION = new Set([
  'AuthorizationPermissionMismatch',
  'AuthorizationResourceTypeMismatch',
  'AuthorizationServiceMismatch',
  'InsufficientAccountPermissions',
]);

/** Says what went wrong in our words. Error codes: learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
export function explain(error: unknown, attempt: Attempt): Error {
  if (error instanceof ConnectorError) return error;
  const answer = answerOf(error);
  if (answer === undefined) {
    if (error instanceof Error && error.name === 'AbortError') return error;
    return new ConnectorError('upstream_refused', `What the account “${attempt.account}” answered could not be understood.`, {
      cause: error,
    });
  }
  const { status, code, retryAfterMilliseconds } = answer;
  const where = `Azure Storage account “${attempt.account}”`;
  if (status === 401 || status === 403) {
    if (MISSING_PERMISSION.has(code)) {
      return new ConnectorError('upstream_credentials', `The credentials for the ${where} do not permit this (${code}).`, {
        remedy: 'Use a shared access signature that permits Read, Create and Write on containers and objects, or an account key.',
      });
    }
    if (code === 'AuthorizationFailure' || code === 'AuthorizationSourceIPMismatch' || code === 'AuthorizationProtocolMismatch') {
      return new ConnectorError('upstream_credentials', `The ${where} did not accept the credentials from here (${code}).`, {
        remedy:
          'Replace the secret with a value that the account accepts; if it does, allow the address of this server in its networking settings.',
      });
    }
    return new ConnectorError('upstream_credentials', `The ${where} did not accept the credentials (${code}).`);
  }
  if (code === 'ContainerNotFound') return containerMissing(attempt);
  if (code === 'ContainerBeingDeleted' || code === 'ContainerBeingDisabled') {
    return new ConnectorError('upstream_refused', `The container “${attempt.container}” is being deleted (${code}).`, { retryable: true });
  }
  if (status === 408 || status === 429 || status >= 500) {
    return new ConnectorError('upstream_refused', `The ${where} is busy or in trouble (${code}).`, {
      retryable: true,
      remedy: 'Start the run again when the service has recovered.',
      ...(retryAfterMilliseconds !== undefined && { retryAfterMilliseconds }),
    });
  }
  if (code === 'Md5Mismatch') {
    return new ConnectorError('upstream_refused', `Bytes of “${attempt.blob}” were damaged on their way.`, { retryable: true });
  }
  if (status === 412 || code === 'BlobAlreadyExists') {
    return new ConnectorError('upstream_refused', `“${attempt.blob}” was changed by somebody else at the same time (${code}).`, {
      retryable: true,
      documentOnly: true,
    });
  }
  if (status === 404) return new ConnectorError('upstream_not_found', `The ${where} does not have what was asked for (${code}).`);
  if (status === 409 && attempt.blob !== undefined) {
    return new ConnectorError('upstream_refused', `The ${where} would not change “${attempt.blob}” (${code}).`, { documentOnly: true });
  }
  return new ConnectorError('upstream_refused', `The ${where} refused the request (${code}, status ${status}).`);
}

export function containerMissing(attempt: Attempt): ConnectorError {
  return new ConnectorError(
    'upstream_not_found',
    `The Azure Storage account “${attempt.account}” has no container “${attempt.container}”.`,
    {
      remedy: 'Create the container, correct its name in the component, or let the component create it.',
    },
  );
}
