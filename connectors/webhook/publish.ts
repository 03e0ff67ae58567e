import {
  type ConnectorContext,
  ConnectorError,
  type HttpAttempt,
  httpFailure,
  type InputDocument,
  type Publication,
} from '@holdfast/connector';
import { isMessage, type WebhookOptions } from './options.ts';
import { payloadOf } from './payload.ts';
import { signatureHeaders } from './signature.ts';

/**
 * Posts one document, or the message about it. A webhook knows no names: every publication is a new one.
 *
 * @throws ConnectorError, as {@link post}.
 */
export async function publish(document: InputDocument, options: WebhookOptions, context: ConnectorContext): Promise<Publication> {
  await post(document, options, context);
  return { outcome: 'published', publishedAs: options.address.url.host };
}

/** @throws ConnectorError, unless the service answered with 2xx. */
export async function post(
  document: InputDocument,
  options: WebhookOptions,
  context: ConnectorContext,
  attempt: HttpAttempt = attemptOf(options, document.name),
): Promise<void> {
  const payload = await payloadOf(document, options, context);
  const headers = {
    'content-type': payload.contentType,
    'content-length': String(payload.length),
    'idempotency-key': document.idempotencyKey,
    'x-holdfast-name': encodeURIComponent(document.name.toWellFormed()),
    'x-holdfast-sha256': document.sha256,
    ...(await accessHeaders(options, payload.read(), document.idempotencyKey)),
  };
  const response = await context.fetch(options.address.url, { method: 'POST', headers, body: payload.send(), redirect: 'manual' });
  const answer = isMessage(options) ? (await response.text()).slice(0, 10_000) : '';
  if (!response.ok) throw httpFailure(response, { ...attempt, code: codeIn(answer) });
  refuseTeamsFailure(answer, attempt.host);
  document.progress(document.size);
}

/**
 * What lets the request in, and the signature of its body.
 *
 * @param id the same for each attempt to send the same thing.
 */
export async function accessHeaders(
  { authorization, signingSecret }: WebhookOptions,
  body: Parameters<typeof signatureHeaders>[1],
  id: string,
): Promise<Record<string, string>> {
  const seconds = Math.floor(Date.now() / 1000);
  return {
    ...(authorization !== undefined && { authorization }),
    ...(signingSecret !== undefined && (await signatureHeaders(signingSecret, body, { id, seconds }))),
  };
}

/** @param document its name; none in a connection test. */
export function attemptOf({ address }: WebhookOptions, document?: string): HttpAttempt {
  return {
    host: address.url.host,
    ...(document !== undefined && { document }),
    credentials: 'Ask the service for a new webhook URL and replace the secret with it; if requests are signed, check the signing secret.',
    notFound: 'The webhook was removed, or its address is cut: ask the service for its URL and replace the secret with it.',
  };
}

/** docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors */
const SLACK_CODES =
  /^(?:invalid_payload|no_text|user_not_found|channel_not_found|channel_is_archived|action_prohibited|posting_to_general_channel_denied|too_many_attachments|no_service|no_service_id|no_team|team_disabled|invalid_token|no_active_hooks|rate_limited)$/;

function codeIn(answer: string): string | undefined {
  const code = answer.trim();
  return SLACK_CODES.test(code) ? code : undefined;
}

/** Teams can answer 200 and say in the text that the message was not delivered. */
function refuseTeamsFailure(answer: string, host: string): void {
  if (!/delivery failed/i.test(answer)) return;
  const status = /HTTP error (\d{3})/.exec(answer)?.[1];
  throw new ConnectorError('upstream_refused', `The service at ${host} did not deliver the message${status ? ` (HTTP ${status})` : ''}.`, {
    remedy: status === '429' ? 'Start the run again later: Teams takes four messages a second.' : 'Check the message and the channel.',
    retryable: status === '429' || status?.startsWith('5') === true,
    documentOnly: true,
  });
}
