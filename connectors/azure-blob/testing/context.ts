import { createHash } from 'node:crypto';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ConnectorContext, ConnectorError, type HttpClient, type HttpRequest, type InputDocument } from '@holdfast/connector';

/** A way out without the data plane's guards, that counts what is sent and can be made to fail. */
export interface TestContext extends ConnectorContext {
  readonly requests: string[];
  readonly protected: string[];
  /** The next request whose line matches fails as a lost connection would. */
  failNext(pattern: RegExp): void;
}

/** Whom to trust, and where the hosts of a name are: everywhere on this machine. */
export interface TestNetwork {
  readonly ca?: string;
  readonly port?: number;
}

export function testContext(network: TestNetwork = {}): TestContext {
  const requests: string[] = [];
  const protectedParts: string[] = [];
  let failing: RegExp | undefined;
  const http: HttpClient = {
    async request({ method, url, headers, body, signal }) {
      const line = `${method} ${new URL(url).pathname}${new URL(url).searchParams.has('comp') ? `?comp=${new URL(url).searchParams.get('comp')}` : ''}`;
      requests.push(line);
      if (failing?.test(line)) {
        failing = undefined;
        throw new ConnectorError('upstream_unreachable', 'The connection was lost.', { retryable: true });
      }
      return send({ method, url, headers: headers ?? {}, body, signal }, network);
    },
  };
  return {
    http,
    fetch: notHere,
    fetchDocument: notHere,
    connect: notHere,
    startTls: notHere,
    checked: (bytes) => bytes,
    onEnd: () => undefined,
    signal: new AbortController().signal,
    protect: (part) => protectedParts.push(part),
    requests,
    protected: protectedParts,
    failNext(pattern) {
      failing = pattern;
    },
  };
}

async function notHere(): Promise<never> {
  throw new Error('This context has http alone.');
}

function send(
  { method, url, headers, body, signal }: HttpRequest,
  { ca, port }: TestNetwork,
): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array }> {
  const target = new URL(url);
  const streamed = body !== undefined && typeof body !== 'string' && 'read' in body ? body : undefined;
  const bytes = streamed === undefined ? ((body as Uint8Array | string | undefined) ?? '') : undefined;
  const request = target.protocol === 'https:' ? requestTls : requestPlain;
  return new Promise((resolve, reject) => {
    const sent = request({
      method,
      hostname: port === undefined ? target.hostname : '127.0.0.1',
      port: port ?? target.port,
      path: `${target.pathname}${target.search}`,
      headers: { ...headers, host: target.host, 'content-length': streamed?.size ?? Buffer.byteLength(bytes ?? '') },
      servername: target.hostname,
      ...(ca !== undefined && { ca }),
      ...(signal !== undefined && { signal }),
      agent: false,
    });
    sent.once('error', reject);
    sent.once('response', async (response) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      const named = Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
      resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(named), body: Buffer.concat(pieces) });
    });
    if (streamed === undefined) sent.end(bytes);
    else pipeline(Readable.from(streamed.read(), { objectMode: false }), sent).catch(reject);
  });
}

/** A document of these bytes, handed out in pieces of odd sizes. */
export function testItem(name: string, bytes: Uint8Array, contentType = 'application/octet-stream'): InputDocument & { sent: number[] } {
  const sent: number[] = [];
  return {
    name,
    contentType,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    idempotencyKey: name.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 64),
    async *read() {
      for (let start = 0; start < bytes.length; start += 700_001) yield bytes.subarray(start, start + 700_001);
    },
    progress: (count) => sent.push(count),
    sent,
  };
}
