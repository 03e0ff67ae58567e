import { ConnectorError, connectorErrorIn, retryAfterMilliseconds } from '@holdfast/connector';

/** What was asked, for the sentence that explains a failure. */
export interface ModelAttempt {
  /** Host and port, as in the option. */
  readonly host: string;
  readonly model: string;
  /** Of the document that was sent; none in a connection test. */
  readonly document?: string;
  readonly signal: AbortSignal;
}

/** Codes and types of errors that are shown; a service can write anything else there. */
const KNOWN_CODES = new Set([
  // platform.openai.com/docs/guides/error-codes
  'invalid_api_key',
  'account_deactivated',
  'ip_not_authorized',
  'mismatched_organization',
  'mismatched_project',
  'insufficient_permissions',
  'unsupported_country_region_territory',
  'model_not_found',
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'rate_limit_exceeded',
  'requests',
  'tokens',
  'context_length_exceeded',
  'string_above_max_length',
  'content_policy_violation',
  'content_filter',
  'invalid_image',
  'invalid_image_format',
  'invalid_image_url',
  'image_parse_error',
  'image_content_policy_violation',
  'image_too_large',
  'unsupported_parameter',
  'unsupported_value',
  'unknown_parameter',
  'invalid_json_schema',
  'invalid_value',
  'invalid_type',
  'integer_above_max_value',
  'decimal_above_max_value',
  'server_error',
  'server_overloaded',
  'slow_down',
  'invalid_request_error',
  'invalid_prompt',
  'DeploymentNotFound',
  // docs.anthropic.com/en/api/errors
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'request_too_large',
  'rate_limit_error',
  'timeout_error',
  'api_error',
  'overloaded_error',
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
]);
/** The account has to be topped up: waiting does not help. */
const OUT_OF_CREDIT = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'billing_error',
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
]);
const OF_LENGTH = new Set(['context_length_exceeded', 'string_above_max_length', 'request_too_large', 'image_too_large']);
/** What the component sends whatever the document is. */
const OF_OPTIONS = new Set([
  'unsupported_parameter',
  'unsupported_value',
  'unknown_parameter',
  'invalid_json_schema',
  'integer_above_max_value',
  'decimal_above_max_value',
]);
const OPTION_PARAMETERS: Readonly<Record<string, string>> = {
  temperature: 'Temperature',
  max_tokens: 'Longest answer, in tokens',
  max_completion_tokens: 'Longest answer, in tokens',
  response_format: 'Form of the answer',
  tools: 'Schema of the fields',
  tool_choice: 'Form of the answer',
  model: 'Model',
};

interface ServiceAnswer {
  readonly status: number;
  readonly code: string | undefined;
  /** Title of the option that the service names as wrong. */
  readonly option: string | undefined;
  readonly headers: Headers | undefined;
}

/**
 * Says in our words what went wrong between one of the SDKs of OpenAI and Anthropic and its service. Of what
 * the service answered only its status and known codes are shown: its message may repeat the key or the
 * document. What concerns the key, the model, the options or the way there ends the run; all else concerns
 * this document alone.
 *
 * @param error of an SDK, whose APIError has `status`, `headers` and `error`.
 * @returns a ConnectorError, or the reason of the signal when that was aborted.
 */
export function explainModelFailure(error: unknown, attempt: ModelAttempt): unknown {
  if (attempt.signal.aborted) return attempt.signal.reason;
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  const { host } = attempt;
  const answer = answerOf(error);
  if (answer !== undefined) return explainAnswer(answer, attempt);
  if (error instanceof SyntaxError) return notUnderstood(attempt);
  if (error instanceof Error && /Timeout|Abort/.test(error.constructor.name)) {
    return new ConnectorError('upstream_unreachable', `${host} did not answer in time.`, { retryable: true, cause: error });
  }
  return new ConnectorError('upstream_unreachable', `The connection to ${host} was lost.`, { retryable: true, cause: error });
}

/** ConnectorError `answer_invalid`: what came is not of the form of the service's API. */
export function notUnderstood({ host }: Pick<ModelAttempt, 'host'>): ConnectorError {
  return new ConnectorError('answer_invalid', `What ${host} answered is not in the form of its API.`, {
    remedy: 'If it happens with every document, check the base URL: it may lead to another service, or to a page.',
    documentOnly: true,
  });
}

/** ConnectorError `answer_invalid`: what came is longer than any answer of a model. */
export function answerTooLarge({ host }: Pick<ModelAttempt, 'host'>): ConnectorError {
  return new ConnectorError('answer_invalid', `${host} answered with more than 16 MiB.`, {
    remedy: 'Check the base URL: it may lead to another service. No answer of a model is as long.',
    documentOnly: true,
  });
}

function answerOf(error: unknown): ServiceAnswer | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const { status } = error;
  const { headers, error: body } = error as { headers?: unknown; error?: unknown };
  const inner = record(record(body).error);
  const outer = record(body);
  const codes = [record(inner.details).error_code, outer.code, outer.type, inner.code, inner.type];
  const code = codes.find((each): each is string => typeof each === 'string' && KNOWN_CODES.has(each));
  const parameter = typeof outer.param === 'string' ? (outer.param.split('.')[0] ?? '') : '';
  return {
    status,
    code,
    option: Object.hasOwn(OPTION_PARAMETERS, parameter) ? OPTION_PARAMETERS[parameter] : undefined,
    headers: headers instanceof Headers ? headers : undefined,
  };
}

function explainAnswer(answer: ServiceAnswer, attempt: ModelAttempt): ConnectorError {
  const { status, code, option } = answer;
  const { host, model } = attempt;
  const shown = code ?? `HTTP ${status}`;
  if (status === 401)
    return new ConnectorError('upstream_credentials', `${host} did not accept the API key (${shown}).`, {
      remedy: 'Replace the secret with a key that is valid at this service.',
    });
  if (status === 402 || (code !== undefined && OUT_OF_CREDIT.has(code))) {
    return new ConnectorError('upstream_refused', `The account of the API key at ${host} has no credit left (${shown}).`, {
      remedy: 'Raise the credit or the spending limit of the account, then start the run again.',
    });
  }
  if (status === 403)
    return new ConnectorError('upstream_credentials', `The API key may not use the model “${model}” at ${host} (${shown}).`, {
      remedy:
        'Give the key the right to use this model, or use a key that has it. Some services refuse countries and addresses in this form too.',
    });
  if (status === 404)
    return new ConnectorError(
      'upstream_not_found',
      `${host} has no model “${model}” for this API key, or the base URL is wrong (${shown}).`,
      {
        remedy: 'Check the model’s name, that the key may use it, and that the base URL is the one that the service names.',
      },
    );
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500) {
    const wait = retryAfterOf(answer.headers);
    const what = status === 429 ? 'asks for fewer requests at a time' : 'is busy or does not work';
    return new ConnectorError('upstream_refused', `${host} ${what} (${shown}).`, {
      retryable: true,
      remedy: 'Start the run again when the service has recovered, or raise the limits of the account.',
      ...(wait !== undefined && { retryAfterMilliseconds: wait }),
    });
  }
  if (status < 400)
    return new ConnectorError('upstream_refused', `${host} answered with a redirect (${status}), which is not followed.`, {
      remedy: 'Use the base URL that it leads to.',
    });
  const document = attempt.document === undefined ? 'the text of the test' : `“${attempt.document}”`;
  if (status === 413 || (code !== undefined && OF_LENGTH.has(code))) {
    return new ConnectorError('document_unsupported', `${document} is too long for the model “${model}” (${shown}).`, {
      remedy: 'Lower “Longest answer, in tokens”, use a model that takes more, or divide the document.',
      documentOnly: true,
    });
  }
  if (option !== undefined || (code !== undefined && OF_OPTIONS.has(code))) {
    return new ConnectorError(
      'upstream_refused',
      `${host} does not take what the component sends${option === undefined ? '' : ` as “${option}”`} (${shown}).`,
      {
        remedy: 'Change or clear that option; what a model takes stands in its documentation.',
      },
    );
  }
  return new ConnectorError('upstream_refused', `${host} did not take ${document} (${shown}).`, {
    remedy:
      'The document may be too long for the model, or an image that it cannot read. If it happens with every document, test the component.',
    documentOnly: attempt.document !== undefined,
  });
}

/** OpenAI's milliseconds, which are more exact, or what every service may say. */
function retryAfterOf(headers: Headers | undefined): number | undefined {
  if (headers === undefined) return undefined;
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN);
  return milliseconds > 0 ? Math.ceil(milliseconds) : retryAfterMilliseconds(headers);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
