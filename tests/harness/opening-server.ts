import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newAccessToken } from '@holdfast/api';
import { fromBase64url } from '@holdfast/envelope';
import { generateOrganizationKey, importOpeningKey, openSealed } from '@holdfast/open';
import { signedKey } from '@holdfast/seal/testing';

/**
 * A server that opens what it is sent, which no real one does: for tests of what a client seals. It serves
 * the sealing key of one organization and takes secrets; everything else is not found.
 */
export interface OpeningServer extends AsyncDisposable {
  /** For the client: HOLDFAST_URL, HOLDFAST_TOKEN and HOLDFAST_ORGANIZATION. */
  readonly environment: Record<string, string>;
  /** Values by name, as they were opened. */
  readonly values: Map<string, string>;
  /** Each request, as `PUT /api/…`. */
  readonly asked: string[];
}

export async function startOpeningServer(options: { delayMilliseconds?: number } = {}): Promise<OpeningServer> {
  const { publicKey, privateKey } = await generateOrganizationKey();
  const openingKey = await importOpeningKey(privateKey);
  const served = signedKey(publicKey);
  const { instanceId, organizationId, keyId } = served;
  const values = new Map<string, string>();
  const asked: string[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '';
    asked.push(`${request.method} ${url}`);
    const body = await bodyOf(request);
    if (options.delayMilliseconds !== undefined) await new Promise((resolve) => setTimeout(resolve, options.delayMilliseconds));
    const send = (status: number, json?: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(json === undefined ? '' : JSON.stringify(json));
    if (url.endsWith('/sealing-key')) return send(200, served);
    const [, name = ''] = /\/secrets\/([^/?]+)$/.exec(url) ?? [];
    if (request.method !== 'PUT' || name === '') {
      return send(404, { type: 'about:blank', title: 'Not found', status: 404, code: 'not_found', detail: 'Not there.', remedy: '–' });
    }
    const { envelope } = JSON.parse(body) as { envelope: { secretId: string; versionId: string; sealed: string } };
    const { secretId, versionId, sealed } = envelope;
    const context = { instanceId, organizationId, keyId, secretId, versionId, kind: 'secret-value' as const };
    values.set(name, (await openSealed(openingKey, context, fromBase64url(sealed))).value);
    return send(204);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    environment: {
      HOLDFAST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      HOLDFAST_TOKEN: newAccessToken(organizationId),
      HOLDFAST_ORGANIZATION: 'acme',
    },
    values,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
