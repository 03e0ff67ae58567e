import { ERROR_CODES, type ErrorCode, HoldfastError, type Problem } from '@holdfast/api';
import { type DatabaseFault, databaseFaultOf, isDatabaseOutage } from '@holdfast/db/errors';

/** The status of each error code. The codes themselves know nothing of HTTP. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  forbidden: 403,
  host_not_allowed: 421,
  not_found: 404,
  method_not_allowed: 405,
  unsupported_media_type: 415,
  payload_too_large: 413,
  headers_too_large: 431,
  request_timeout: 408,
  expectation_failed: 417,
  rate_limited: 429,
  precondition_failed: 412,
  name_taken: 409,
  quota_exceeded: 409,
  setup_done: 409,
  setup_token_invalid: 403,
  invitation_invalid: 403,
  account_link_invalid: 403,
  mail_not_set_up: 409,
  deletion_pending: 409,
  last_owner: 409,
  envelope_invalid: 400,
  sealing_key_stale: 409,
  sealing_key_pending: 503,
  key_rotation_active: 409,
  secret_in_use: 409,
  component_in_use: 409,
  project_in_use: 409,
  run_active: 409,
  workflow_not_runnable: 409,
  workflow_not_published: 409,
  nothing_to_publish: 409,
  expression_failed: 422,
  condition_false: 422,
  document_in_bucket: 409,
  trigger_refused: 401,
  trigger_paused: 409,
  documents_removed: 409,
  documents_not_sent: 409,
  run_interrupted: 409,
  run_too_long: 409,
  publication_uncertain: 409,
  run_not_active: 409,
  run_not_ended: 409,
  nothing_to_retry: 409,
  secret_missing: 409,
  secret_expired: 409,
  secret_out_of_scope: 409,
  destination_refused: 409,
  destination_of_secret: 409,
  address_refused: 409,
  envelope_refused: 409,
  definition_refused: 409,
  record_stopped: 409,
  checkpoint_pending: 409,
  audit_unavailable: 503,
  upstream_unreachable: 502,
  upstream_refused: 502,
  upstream_credentials: 502,
  upstream_not_found: 502,
  document_holds_value: 502,
  document_unsupported: 422,
  answer_invalid: 502,
  credential_in_clear: 400,
  option_invalid: 400,
  source_unavailable: 409,
  data_plane_unavailable: 503,
  query_timeout: 503,
  storage_full: 507,
  document_quota_exceeded: 507,
  unavailable: 503,
  internal: 500,
};

/** The HTTP status that goes with an error code. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code];
}

/** RFC 9457, with our own `code`, `remedy`, `field`, `errors` and `bindings`. */
export type ProblemAnswer = Problem;

/**
 * The answer for an error. Only a HoldfastError speaks for itself; what any other error says may hold
 * anything, so it becomes `internal` (or `unavailable` when the database is away) and stays in the log under
 * the request id.
 */
export function toProblem(error: unknown, requestId: string): ProblemAnswer {
  const known = error instanceof HoldfastError ? error : translate(error);
  return {
    type: 'about:blank',
    title: ERROR_CODES[known.code].title,
    status: statusOf(known.code),
    code: known.code,
    detail: known.message,
    remedy: known.remedy,
    ...(known.field === undefined ? {} : { field: known.field }),
    ...known.extra,
    requestId,
  };
}

const UNAVAILABLE: { readonly [Fault in DatabaseFault]?: { readonly detail: string; readonly remedy?: string } } = {
  login_refused: {
    detail: 'The database refuses the login of this plane: its password there was changed.',
    remedy: 'The operator starts Holdfast again (holdfast start), which sets the password right; nothing was done.',
  },
  locked: { detail: 'Another change holds what this one needs.' },
  outcome_unknown: {
    detail: 'The database did not answer in time whether it has stored the change.',
    remedy: 'Look whether it is there, and send the same request again if not.',
  },
};

function translate(error: unknown): HoldfastError {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const fastify = typeof code === 'string' ? FASTIFY[code] : undefined;
  if (fastify) return new HoldfastError(fastify.code, fastify.detail);
  const fault = databaseFaultOf(error);
  if (fault !== undefined && isDatabaseOutage(error)) {
    const { detail, remedy } = UNAVAILABLE[fault] ?? { detail: 'The database does not answer.' };
    return new HoldfastError('unavailable', detail, { ...(remedy === undefined ? {} : { remedy }), cause: error });
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new HoldfastError('invalid_request', 'The request could not be read.');
  }
  return new HoldfastError('internal', undefined, { cause: error });
}

const FASTIFY: Readonly<Record<string, { code: ErrorCode; detail: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    detail: 'The Content-Type of the request is not one this endpoint reads.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'invalid_request', detail: 'The body is empty, where JSON was announced.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_request', detail: 'The body is not valid JSON.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'payload_too_large', detail: 'The body is larger than this endpoint reads.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'invalid_request', detail: 'The body does not have the length that was announced.' },
  FST_ERR_BAD_URL: { code: 'invalid_request', detail: 'The address is not well-formed.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not_found', detail: 'Not found' },
};
