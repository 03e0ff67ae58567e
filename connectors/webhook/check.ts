import { createHash } from 'node:crypto';
import { type ConnectorContext, httpFailure, type InputDocument } from '@holdfast/connector';
import type { WebhookOptions } from './options.ts';
import { accessHeaders, attemptOf, post } from './publish.ts';

/**
 * Posts a small document when people asked for that. Else sees that the service answers: by HEAD, which says
 * little of POST, since a webhook need not know it; Slack by a message without text, which it refuses with
 * 400 when the webhook is there and posts nothing.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError `upstream_credentials`, `upstream_not_found`, `upstream_refused`, or what
 *   `context.fetch` throws.
 */
export async function check(options: WebhookOptions, context: ConnectorContext): Promise<string> {
  const { host } = options.address.url;
  const attempt = attemptOf(options);
  if (options.connectionTest === 'send') {
    await post(testDocument(), options, context, attempt);
    return `The service at ${host} took the test ${options.format === 'slack' || options.format === 'teams' ? 'message' : 'document'}.`;
  }
  if (options.format === 'slack') {
    const empty = Buffer.from('{}');
    const headers = { 'content-type': 'application/json', ...(await accessHeaders(options, [empty], testId())) };
    const response = await context.fetch(options.address.url, { method: 'POST', headers, body: '{}', redirect: 'manual' });
    if (!response.ok && response.status !== 400) throw httpFailure(response, attempt);
    return `The webhook at ${host} is there. Nothing was posted.`;
  }
  const response = await context.fetch(options.address.url, {
    method: 'HEAD',
    headers: await accessHeaders(options, [], testId()),
    redirect: 'manual',
  });
  const { status } = response;
  const refused = (status === 401 && options.authorization !== undefined) || (status >= 300 && status < 400);
  if (refused || isDown(status)) throw httpFailure(response, attempt);
  if (response.ok) return `The service at ${host} answers. Nothing was posted.`;
  return `The service at ${host} answers (HTTP ${status} to HEAD, as many webhooks do). Nothing was posted: choose “send” to try it wholly.`;
}

function isDown(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** Each test is another one. */
function testId(): string {
  return `test-${Date.now()}`;
}

function testDocument(): InputDocument {
  const bytes = Buffer.from('This is a connection test of Holdfast.\n');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    name: 'holdfast-connection-test.txt',
    contentType: 'text/plain',
    size: bytes.length,
    sha256,
    idempotencyKey: testId(),
    async *read() {
      yield bytes;
    },
    progress: () => undefined,
  };
}
