import { ConnectorError, connectorErrorIn, retryAfterMilliseconds, shownCode } from '@holdfast/connector';
import { DOCUMENTED_CODES } from './error-codes.ts';
import type { Place } from './options.ts';

/** What was being done, for the sentence that explains a failure. */
export interface Attempt extends Pick<Place, 'bucket' | 'region' | 'endpoint'> {
  /** What the credentials have to permit. */
  readonly right: 's3:PutObject' | 's3:GetObject' | 's3:ListBucket';
  readonly folder?: string;
  readonly key?: string;
}

/** The part of an error of the SDK that is safe to show. Its message repeats what the service said. */
export interface ServiceAnswer {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMilliseconds: number | undefined;
  /** Where the bucket is, when it is not where it was asked for. */
  readonly region: string | undefined;
}

/** What the service answered, of an error of its SDK; `undefined` when there was no answer. */
export function answerOf(error: unknown): ServiceAnswer | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata, $response, name } = error as Error & {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number; headers?: Record<string, string> };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) return undefined;
  const region = $response?.headers?.['x-amz-bucket-region'] ?? '';
  return {
    status,
    code: shownCode(name, status, DOCUMENTED_CODES),
    retryAfterMilliseconds: retryAfterMilliseconds({ get: (name) => $response?.headers?.[name] }),
    region: /^[a-z]{2}(?:-[a-z]{2,10}){1,3}-[0-9]$/.test(region) ? region : undefined,
  };
}

/**
 * Whether the service decided against what was asked; else it was busy, or there was no answer, which says
 * nothing about what is there or permitted.
 */
export function isDecided(answer: ServiceAnswer | undefined): answer is ServiceAnswer {
  return answer !== undefined && answer.status >= 300 && answer.status < 500 && answer.status !== 408 && answer.status !== 429;
}

/** Of the key pair, whatever is asked. */
const CREDENTIALS: Readonly<Record<string, readonly [string, string]>> = {
  InvalidAccessKeyId: [
    'does not know the access key ID',
    'Copy the access key ID again from where the key pair was made; it may have been deleted, or belong to another service.',
  ],
  SignatureDoesNotMatch: [
    'did not accept the signature',
    'Copy the secret access key again: it does not belong to this access key ID, or was changed on its way.',
  ],
  ExpiredToken: [
    'says that the credentials have expired',
    'Make new ones and replace the secrets with them; temporary credentials end within hours, the key pair of a user does not.',
  ],
  InvalidToken: [
    'does not accept the credentials without their session token, or with this one',
    'Temporary credentials have three parts that belong together: put all of them in, or use the key pair of a user.',
  ],
  RequestTimeTooSkewed: [
    'says that the time of the request is not the present',
    'Set the clock of the server that the data plane runs on.',
  ],
  InvalidSecurity: ['did not accept the credentials', 'Make a new key pair and replace the secrets with it.'],
  UserSuspended: ['has suspended the user', 'Enable the user, or use the key pair of another one.'],
  AccountProblem: ['has a problem with the account', 'Look into the account: it may be suspended, or a payment missing.'],
  AllAccessDisabled: ['has disabled all access', 'Look into the account: it may be suspended, or a payment missing.'],
  NotSignedUp: ['has no account for these credentials', 'Sign the account up for the service.'],
};

const WRONG_REGION = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'Redirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** Of one document; whether the same attempt may succeed later. */
const OF_THE_DOCUMENT: Readonly<Record<string, readonly [string, string, boolean]>> = {
  EntityTooLarge: ['is larger than the service takes', 'Publish it in smaller parts, or raise the limit of the service.', false],
  KeyTooLongError: ['has a name that is too long for the service', 'Give it a shorter name, or choose a shorter folder.', false],
  ConditionalRequestConflict: ['is being written by another program', 'Start the run again when that is done.', true],
  OperationAborted: ['is being changed by another program', 'Start the run again when that is done.', true],
  NoSuchUpload: ['was taken back while it was being sent', 'Look for a lifecycle rule or a program that ends uploads in parts.', true],
  XAmzContentSHA256Mismatch: ['was changed on its way', 'Look for a proxy between here and the service that changes bodies.', true],
  BadDigest: ['was changed on its way', 'Look for a proxy between here and the service that changes bodies.', true],
  IncompleteBody: ['did not arrive whole', 'Start the run again.', true],
  RequestTimeout: ['did not arrive in time', 'Start the run again.', true],
  InvalidObjectState: ['is archived in the bucket', 'Restore it there, or choose another folder.', false],
  ObjectLocked: ['is protected from changes in the bucket', 'Choose another folder, or another bucket.', false],
};

/** What came is no answer of S3. */
const NOT_S3 = 'Check that the endpoint is that of an S3 service, not of its console or of a web site.';

const FULL = new Set(['QuotaExceeded', 'StorageFull', 'XMinioStorageFull', 'InsufficientStorage']);

/**
 * Says what went wrong in our words. What concerns the key pair, the way to the service or the bucket ends
 * the run; all else concerns this document alone. Codes:
 * docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function explain(error: unknown, attempt: Attempt): Error {
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  const answer = answerOf(error);
  const where = `The service at ${new URL(attempt.endpoint).host}`;
  if (answer === undefined) {
    if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) return error;
    return new ConnectorError('upstream_refused', `${where} gave an answer that could not be understood.`, {
      remedy: NOT_S3,
      cause: error,
    });
  }
  const { status, code, retryAfterMilliseconds: wait } = answer;
  const failed = (kind: 'upstream_credentials' | 'upstream_not_found' | 'upstream_refused', what: string, remedy: string) =>
    new ConnectorError(kind, `${what} (${code}).`, { remedy });
  const credentials = CREDENTIALS[code];
  if (credentials !== undefined) return failed('upstream_credentials', `${where} ${credentials[0]}`, credentials[1]);
  if (code === 'NoSuchBucket' || code === 'InvalidBucketName') {
    const remedy = 'Create the bucket, or correct its name, the endpoint or the region in the component.';
    return failed('upstream_not_found', `${where} has no bucket “${attempt.bucket}”`, remedy);
  }
  if (WRONG_REGION.has(code) || (status >= 300 && status < 400)) return inAnotherRegion(answer, attempt, where);
  if (FULL.has(code)) return failed('upstream_refused', `${where} has no room`, 'Make room in the bucket, or raise its quota.');
  const ofDocument = attempt.key === undefined ? undefined : OF_THE_DOCUMENT[code];
  if (ofDocument !== undefined) {
    const [what, remedy, retryable] = ofDocument;
    return new ConnectorError('upstream_refused', `“${attempt.key}” ${what} (${code}).`, { remedy, retryable, documentOnly: true });
  }
  if (code === 'NoSuchKey' && attempt.right === 's3:GetObject') {
    return new ConnectorError('upstream_not_found', `“${attempt.key}” is not in the bucket any more (${code}).`, {
      remedy: 'Nothing, if it was taken away on purpose; else put it back.',
      documentOnly: true,
    });
  }
  if (code === 'NotImplemented' && attempt.right === 's3:PutObject') {
    const remedy = 'Let the component replace what is there: keep and fail need a service that takes If-None-Match with a write.';
    return failed('upstream_refused', `${where} does not support what was asked for`, remedy);
  }
  if (status === 401 || status === 403) return notPermitted(code, attempt, where);
  if (status === 408 || status === 429 || status >= 500) {
    return new ConnectorError('upstream_refused', `${where} is busy or does not work (${code}).`, {
      retryable: true,
      remedy: 'Start the run again when the service has recovered.',
      ...(wait !== undefined && { retryAfterMilliseconds: wait }),
    });
  }
  if (status < 300) {
    return new ConnectorError('upstream_refused', `${where} gave an answer that could not be understood (${code}).`, {
      remedy: NOT_S3,
    });
  }
  if (status === 404 || status === 405) {
    const remedy = 'Check that the endpoint is that of an S3 service, and whether the bucket belongs in its host ({bucket}.) or not.';
    return failed('upstream_not_found', `${where} does not have what was asked for`, remedy);
  }
  if (attempt.key === undefined)
    return failed('upstream_refused', `${where} refused the request`, 'Check the endpoint, region and bucket.');
  return new ConnectorError(
    'upstream_refused',
    `${where} did not ${attempt.right === 's3:GetObject' ? 'give' : 'take'} “${attempt.key}” (${code}).`,
    {
      remedy: 'Look the code up among the error codes of the service; the other documents are not concerned.',
      retryable: status === 412,
      documentOnly: true,
    },
  );
}

function inAnotherRegion({ code, region }: ServiceAnswer, attempt: Attempt, where: string): ConnectorError {
  const place = region === undefined ? 'in another region or at another endpoint' : `in the region ${region}`;
  return new ConnectorError(
    'upstream_not_found',
    `${where} says that the bucket “${attempt.bucket}” is not in ${attempt.region} but ${place} (${code}).`,
    {
      remedy: region === undefined ? 'Look up where the bucket is, and write its region and endpoint.' : `Write ${region} as the region.`,
    },
  );
}

function notPermitted(code: string, { bucket, folder = '', key, right }: Attempt, where: string): ConnectorError {
  const below = folder === '' ? '' : `${folder}/`;
  const resource = right === 's3:ListBucket' ? `${bucket}${below === '' ? '' : ` (with the prefix ${below})`}` : `${bucket}/${below}*`;
  const what = { 's3:PutObject': 'write', 's3:GetObject': 'read', 's3:ListBucket': 'list what is' }[right];
  const more = right === 's3:ListBucket' ? '' : ', or of its encryption key,';
  return new ConnectorError(
    'upstream_credentials',
    `${where} does not permit these credentials to ${what} ${key === undefined ? 'there' : `“${key}”`} (${code}).`,
    { remedy: `Permit ${right} on arn:aws:s3:::${resource}, or use other credentials. A policy of the bucket${more} can deny it too.` },
  );
}
