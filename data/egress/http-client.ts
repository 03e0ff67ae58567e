import { ConnectorError, type HttpClient, type HttpRequest, type HttpResponse } from '@holdfast/connector';
import { destinationOf } from '@holdfast/envelope';
import { Agent, type Dispatcher } from 'undici';
import type { AllowList } from './allow-list.ts';
import { createDialer, type Resolve, resolveWithSystem } from './dialer.ts';
import { explainNetworkError } from './network-errors.ts';
import type { Redactor } from './redaction.ts';

const ANSWER_MAXIMUM_BYTES = 4 * 1024 * 1024;
const HEADER_MAXIMUM_CHARACTERS = 2_000;
const SILENCE_MILLISECONDS = 60_000;
const CONNECTIONS_PER_ORIGIN = 8;

/** Set by the client itself, or not for a connector to decide. */
const OWN_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'user-agent',
  'expect',
  'upgrade',
]);

export interface Egress {
  /** A way out for one use: to these destinations and no other, on connections that no other use shares. */
  open(destinations: readonly string[], redactor: Redactor): HttpClient & AsyncDisposable;
}

/** The only thing in Holdfast that dials. `resolve` is replaced in tests. */
export function createEgress(allow: AllowList, resolve: Resolve = resolveWithSystem): Egress {
  const connect = createDialer(allow, resolve);
  return {
    open(destinations, redactor) {
      const agent = new Agent({
        connect,
        connections: CONNECTIONS_PER_ORIGIN,
        pipelining: 1,
        headersTimeout: SILENCE_MILLISECONDS,
        bodyTimeout: SILENCE_MILLISECONDS,
        keepAliveTimeout: 4_000,
      });
      return {
        request: (request) => send(request, { agent, destinations, redactor }),
        [Symbol.asyncDispose]: () => agent.destroy(),
      };
    },
  };
}

interface Way {
  readonly agent: Agent;
  readonly destinations: readonly string[];
  readonly redactor: Redactor;
}

async function send(request: HttpRequest, way: Way): Promise<HttpResponse> {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  const destination = url === undefined ? undefined : destinationOf(url.href);
  if (url === undefined || destination === undefined || !way.destinations.includes(destination)) {
    throw new ConnectorError('destination_refused', `The value may not be sent to ${destination ?? 'an address that is no URL'}.`);
  }
  try {
    // Redirects are not followed: an answer of 3xx goes back as it is, and no header or body goes to another origin.
    const answer = await way.agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method as Dispatcher.HttpMethod,
      headers: { ...ownHeadersRemoved(request.headers), 'accept-encoding': 'identity', 'user-agent': 'holdfast' },
      body: request.body ?? null,
      signal: request.signal ?? null,
    });
    const body = await readLimited(answer.body, destination);
    return { status: answer.statusCode, headers: cleanHeaders(answer.headers, way.redactor), body: way.redactor.redactBytes(body) };
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    throw explainNetworkError(error, url);
  }
}

function ownHeadersRemoved(headers: HttpRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase())));
}

async function readLimited(body: AsyncIterable<Uint8Array>, destination: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > ANSWER_MAXIMUM_BYTES) throw new ConnectorError('upstream_refused', `${destination} answered with more than 4 MiB.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function cleanHeaders(headers: Dispatcher.ResponseData['headers'], redactor: Redactor): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) clean[name.toLowerCase()] = printable(redactor.redact([value].flat().join(', ')));
  }
  return clean;
}

/** A header's value may be shown to somebody: without control characters, and no longer than a line of a log. */
function printable(value: string): string {
  return value.replace(/\p{Cc}+/gu, ' ').slice(0, HEADER_MAXIMUM_CHARACTERS);
}
