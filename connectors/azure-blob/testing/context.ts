import { createHash } from 'node:crypto';
import { type ConnectorContext, ConnectorError, type HttpClient, type PublishableItem } from '@holdfast/connector';

/** A way out without the data plane's guards, that counts what is sent and can be told to fail. */
export interface TestContext extends ConnectorContext {
  readonly requests: string[];
  readonly protected: string[];
  /** The next request whose line matches fails as a lost connection would. */
  failNext(pattern: RegExp): void;
}

export function testContext(): TestContext {
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
      const response = await fetch(url, {
        method,
        headers: headers ?? {},
        body: (body as BodyInit | undefined) ?? null,
        redirect: 'manual',
        signal: signal ?? null,
      });
      return { status: response.status, headers: Object.fromEntries(response.headers), body: new Uint8Array(await response.arrayBuffer()) };
    },
  };
  return {
    http,
    signal: new AbortController().signal,
    protect: (part) => protectedParts.push(part),
    requests,
    protected: protectedParts,
    failNext(pattern) {
      failing = pattern;
    },
  };
}

/** A document of these bytes, handed out in pieces of odd sizes. */
export function testItem(name: string, bytes: Uint8Array, contentType = 'application/octet-stream'): PublishableItem & { sent: number[] } {
  const sent: number[] = [];
  return {
    name,
    contentType,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *read() {
      for (let start = 0; start < bytes.length; start += 700_001) yield bytes.subarray(start, start + 700_001);
    },
    progress: (count) => sent.push(count),
    sent,
  };
}
