import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AZURE_CERTIFICATE, AZURE_CERTIFICATE_KEY } from './azure-certificate.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Handler = (request: ReceivedRequest, response: ServerResponse) => void;

/** A service over HTTP that remembers what it was asked. */
export interface HttpService extends AsyncDisposable {
  /** `https://localhost:PORT`, or `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly port: number;
  /** Those whose body came wholly. */
  readonly requests: ReceivedRequest[];
  /** From now on. */
  answer(handler: Handler): void;
}

/** Certificates to trust when talking to a service over TLS. */
export const SERVICE_CA = AZURE_CERTIFICATE;

/** Answers 204 until it is given something else to answer. */
export async function httpService({ tls = true, port: wanted = 0 }: { tls?: boolean; port?: number } = {}): Promise<HttpService> {
  const requests: ReceivedRequest[] = [];
  let handler: Handler = (_, response) => void response.writeHead(204).end();
  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of incoming) pieces.push(piece as Buffer);
    } catch {
      return;
    }
    const { method = '', url = '', headers } = incoming;
    const request = { method, path: url, headers, body: Buffer.concat(pieces) };
    requests.push(request);
    handler(request, response);
  };
  const server = tls ? createTlsServer({ key: AZURE_CERTIFICATE_KEY, cert: AZURE_CERTIFICATE }, listener) : createServer(listener);
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    requests,
    answer: (next) => {
      handler = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
