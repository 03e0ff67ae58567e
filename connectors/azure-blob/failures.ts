import { ConnectorError, connectorErrorIn, retryAfterMilliseconds, shownCode } from '@holdfast/connector';
import type { Account } from './connection-string.ts';
import { type AuthenticationDetail, explainAuthentication, permissionsOf, readAuthenticationDetail } from './credentials.ts';
import { DOCUMENTED_CODES } from './error-codes.ts';
import { refusalOf } from './refusals.ts';

/** What was being done, for the sentence that explains a failure. */
export interface Attempt {
  readonly account: Account;
  readonly container: string;
  readonly blob?: string;
  /** Of a source; a publisher writes. */
  readonly doing?: 'list' | 'read';
}

/**
 * The part of Azure's error that is safe to show. Its message is not used: it can repeat the address with a
 * signature.
 */
export interface ServiceAnswer {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMilliseconds?: number;
  readonly authentication: AuthenticationDetail;
}

/** What the service answered, of an error of its SDK; `undefined` when there was no answer. */
export function answerOf(error: unknown): ServiceAnswer | undefined {
  if (!(error instanceof Error) || error.name !== 'RestError') return undefined;
  const { statusCode, code, response } = error as Error & {
    statusCode?: number;
    code?: string;
    response?: { headers: { get(name: string): string | undefined }; bodyAsText?: string | null };
  };
  if (statusCode === undefined) return undefined;
  const wait = response && retryAfterMilliseconds(response.headers);
  const shown = response?.headers.get('x-ms-error-code') ?? code ?? '';
  return {
    status: statusCode,
    code: shownCode(shown, statusCode, DOCUMENTED_CODES),
    ...(wait !== undefined && { retryAfterMilliseconds: wait }),
    authentication: readAuthenticationDetail(response?.bodyAsText ?? ''),
  };
}

/** The credentials are good for something, but not for what was asked. */
const NOT_PERMITTED = new Set(['AuthorizationPermissionMismatch', 'InsufficientAccountPermissions']);
const OTHER_SERVICE = new Set(['AuthorizationResourceTypeMismatch', 'AuthorizationServiceMismatch']);
const NOT_FROM_HERE = new Set(['AuthorizationFailure', 'AuthorizationSourceIPMismatch']);

/**
 * Says what went wrong in our words. What concerns the account, its credentials, the way to it or the
 * container ends the run; all else concerns this document alone. Codes:
 * learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
 */
export function explain(error: unknown, attempt: Attempt): Error {
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  const answer = answerOf(error);
  if (answer === undefined) {
    if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) return error;
    return new ConnectorError('upstream_refused', `What the account “${attempt.account.name}” answered could not be understood.`, {
      remedy: 'Check that the address in the value is that of Azure Blob Storage, and not of its portal or a web site.',
      cause: error,
    });
  }
  const { status, code, retryAfterMilliseconds: wait } = answer;
  const where = `Azure Storage account “${attempt.account.name}”`;
  if (code === 'ContainerNotFound') return containerMissing(attempt);
  if (code === 'ContainerBeingDeleted' || code === 'ContainerBeingDisabled') {
    return new ConnectorError('upstream_refused', `The container “${attempt.container}” is being deleted (${code}).`, {
      remedy: 'Create it again when it is gone, which takes a minute or more, or choose another container in the component.',
      retryable: true,
    });
  }
  const refusal = attempt.blob === undefined ? undefined : refusalOf(code);
  if (refusal !== undefined) {
    return new ConnectorError('upstream_refused', `“${attempt.blob}” ${refusal.detail} (${code}).`, {
      remedy: refusal.remedy,
      retryable: refusal.retryable === true,
      documentOnly: true,
    });
  }
  if (status === 401 || status === 403 || isAuthentication(code)) return explainRefusedCredentials(answer, attempt, where);
  if (status === 407 || status === 408 || status === 429 || status >= 500) {
    return new ConnectorError('upstream_refused', `The ${where} is busy or does not work (${code}).`, {
      retryable: true,
      remedy: 'Start the run again when the service has recovered.',
      ...(wait !== undefined && { retryAfterMilliseconds: wait }),
    });
  }
  if (attempt.blob !== undefined) {
    return new ConnectorError('upstream_refused', `The ${where} did not take “${attempt.blob}” (${code}).`, {
      remedy: 'Look the code up among the error codes of Azure Blob Storage; the other documents are not concerned.',
      retryable: status === 412,
      documentOnly: true,
    });
  }
  if (status === 404) return new ConnectorError('upstream_not_found', `The ${where} does not have what was asked for (${code}).`);
  return new ConnectorError('upstream_refused', `The ${where} refused the request (${code}).`, {
    remedy: 'Look the code up among the error codes of Azure Blob Storage.',
  });
}

/** Also when they do not come with 401 or 403. */
function isAuthentication(code: string): boolean {
  return /^(?:InvalidAuthenticationInfo|NoAuthenticationInformation|AuthenticationFailed|PublicAccessNotPermitted|AccountIsDisabled)$/.test(
    code,
  );
}

function explainRefusedCredentials({ code, authentication }: ServiceAnswer, attempt: Attempt, where: string): ConnectorError {
  if (code === 'AuthenticationFailed') return explainAuthentication(attempt.account, attempt.container, authentication, new Date());
  if (NOT_PERMITTED.has(code) && attempt.doing !== undefined) {
    const what = attempt.doing === 'list' ? `list the container “${attempt.container}”` : 'read documents';
    return new ConnectorError('upstream_credentials', `The credentials for the ${where} do not permit to ${what} (${code}).`, {
      remedy: 'Use a shared access signature of the container that permits Read and List, or an account key.',
    });
  }
  if (NOT_PERMITTED.has(code)) {
    // The signature says that it may write: then what is refused is this place, by an access control list of
    // its folders.
    const documentOnly = attempt.blob !== undefined && permissionsOf(attempt.account).create === true;
    return new ConnectorError(
      documentOnly ? 'upstream_refused' : 'upstream_credentials',
      `The credentials for the ${where} do not permit to write ${attempt.blob === undefined ? 'there' : `“${attempt.blob}”`} (${code}).`,
      { remedy: 'Use a shared access signature that permits Read, Create and Write on objects, or an account key.', documentOnly },
    );
  }
  if (OTHER_SERVICE.has(code)) {
    return new ConnectorError('upstream_credentials', `The credentials for the ${where} are not for blobs (${code}).`, {
      remedy: 'Use a shared access signature for the blob service and for objects (ss with b, srt with o), or an account key.',
    });
  }
  if (code === 'AuthorizationProtocolMismatch') {
    return new ConnectorError('upstream_credentials', `The credentials for the ${where} are not good for http (${code}).`, {
      remedy: 'Replace the secret with a value whose address begins with https.',
    });
  }
  if (code === 'KeyBasedAuthenticationNotPermitted') {
    return new ConnectorError('upstream_credentials', `The ${where} accepts no account keys, and no signatures made with one (${code}).`, {
      remedy: 'Use a user delegation shared access signature, or allow storage account key access in the account’s configuration.',
    });
  }
  if (code === 'AccountIsDisabled') {
    return new ConnectorError('upstream_credentials', `The ${where} is disabled (${code}).`, {
      remedy: 'Enable the account in the Azure portal.',
    });
  }
  if (NOT_FROM_HERE.has(code)) {
    return new ConnectorError('upstream_credentials', `The ${where} did not accept the credentials from here (${code}).`, {
      remedy:
        'Replace the secret with a value that the account accepts; if it does, allow the address of this server in its networking settings, and in the signature if that names addresses (sip).',
    });
  }
  return new ConnectorError('upstream_credentials', `The ${where} did not accept the credentials (${code}).`);
}

/** ConnectorError `upstream_not_found`. */
export function containerMissing({ account, container, doing }: Attempt): ConnectorError {
  return new ConnectorError('upstream_not_found', `The Azure Storage account “${account.name}” has no container “${container}”.`, {
    remedy:
      doing === undefined
        ? 'Create the container, correct its name in the component, or let the component create it.'
        : 'Correct the name of the container in the component.',
  });
}

/**
 * The component is to create the container, and the credentials may not: a signature of a container never
 * may.
 */
export function mayNotCreateContainer({ account, container }: Attempt): ConnectorError {
  return new ConnectorError(
    'upstream_not_found',
    `The Azure Storage account “${account.name}” has no container “${container}”, and the credentials may not create it.`,
    {
      remedy:
        'Create the container in the storage account, or use an account key, or a shared access signature of the account that permits Create on containers.',
    },
  );
}
