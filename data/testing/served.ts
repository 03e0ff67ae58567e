import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { ConnectorError } from '@holdfast/connector';
import { type TestContextOptions, testContext } from '../../tests/harness/connector-context.ts';

/** An HTTP server of a test, with what it was sent. */
export interface Served extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly requests: { readonly line: string; readonly headers: NodeJS.Dict<string | string[]>; readonly body: Buffer }[];
  /** A context whose only destination is this server. */
  context(more?: Partial<TestContextOptions>): ReturnType<typeof testContext>;
}

/** Answers with `listener` once a request has come in whole. */
export async function serve(listener: RequestListener): Promise<Served> {
  const requests: Served['requests'] = [];
  const server: Server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      return;
    }
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: Buffer.concat(pieces) });
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    port,
    origin,
    requests,
    context: (more = {}) => testContext({ destinations: [origin], ...more }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * For `assert.rejects`: refused with the code, by a message that matches. `upstream_refused` is said of many
 * things, and has a remedy of its own.
 */
export function refusedAs(code: string, message = /./) {
  return (error: unknown) =>
    error instanceof ConnectorError &&
    error.code === code &&
    message.test(error.message) &&
    (code !== 'upstream_refused' || error.remedy !== undefined);
}

/** Bytes as a stream gives them, in pieces of that size. */
export async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
    await setImmediate();
  }
}
