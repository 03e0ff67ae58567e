import { createHash } from 'node:crypto';
import { type ConnectorContext, httpFailure, type InputDocument } from '@holdfast/connector';
import { type Access, attemptOf } from './access.ts';

/**
 * Sees by HEAD that a service answers and lets the credentials in. It need not know HEAD, and credentials
 * that may only write get 403 for it: of POST and PUT that says nothing, and the test passes with the status
 * in its words. 401 says that the credentials are none.
 *
 * @returns one sentence.
 * @throws ConnectorError `upstream_credentials` (401), `upstream_refused` (a redirect, 429, and what begins
 *   with 5 but 501), or what `context.fetch` throws.
 */
export async function reach(access: Access, context: ConnectorContext): Promise<string> {
  const response = await context.fetch(access.url, { method: 'HEAD', headers: access.headers, redirect: 'manual' });
  const { status } = response;
  const { host } = access.url;
  if (status === 401 || status === 429 || (status >= 300 && status < 400) || (status >= 500 && status !== 501)) {
    throw httpFailure(response, attemptOf(access));
  }
  if (response.ok) return `The service at ${host} answers. Nothing was sent.`;
  return `The service at ${host} answers (HTTP ${status} to HEAD). Nothing was sent: choose “send” to try it wholly.`;
}

/** A small document for a connection test. */
export function testDocument(): InputDocument {
  const bytes = Buffer.from('This is a connection test of Holdfast.\n');
  return {
    name: 'holdfast-connection-test.txt',
    contentType: 'text/plain',
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    idempotencyKey: `test-${Date.now()}`,
    async *read() {
      yield bytes;
    },
    progress: () => undefined,
  };
}
