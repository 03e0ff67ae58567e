import { Readable } from 'node:stream';
import { ConnectorError, type HttpClient, type HttpRequest, type HttpResponse, type StreamedBody } from '@holdfast/connector';
import { destinationOf } from '@holdfast/envelope';
import { Agent, type Dispatcher } from 'undici';
import { type DataEvents, NOT_COUNTED } from '../metrics.ts';
import type { AllowList } from './allow-list.ts';
import { createDialer, type Resolve, resolveWithSystem } from './dialer.ts';
import { DEFAULT_LIMITS, type EgressLimits } from './limits.ts';
import { explainNetworkError } from './network-errors.ts';
import type { Redactor } from './redaction.ts';
import { SLOW_SECONDS, watchTransferRate } from './transfer-rate.ts';

const ANSWER_MAXIMUM_BYTES = 4 * 1024 * 1024;
const HEADER_MAXIMUM_CHARACTERS = 2_000;
/** How long an answer may take to begin, and how far apart its bytes may come. */
const SILENCE_MILLISECONDS = 60_000;
/** A request goes out in pieces of this size, so that how much of it was taken shows while it is. */
export const PIECE_BYTES = 16_384;
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
  /**
   * The client of one use: to these destinations and no other, on connections that no other use shares (8 for
   * each origin). Dispose of it when the use ends: open connections are closed.
   *
   * A request is refused before anything is dialled when its destination (scheme, host and port) is not among
   * them, and when one address of the host is not public and not allowed. Redirects are not followed. An
   * answer has 4 MiB at the most and headers of 2,000 characters; it begins within 60 seconds, and comes back
   * with protected values taken out. HTTP/1.1 only (RFC 9112).
   *
   * Requests reject with ConnectorError: `destination_refused`, `address_refused`, `upstream_unreachable`
   * (name, network, certificate, deadline, slow transfer; `retryable` where trying again can help) or
   * `upstream_refused` (answer too large); with the reason of `request.signal` when that was aborted.
   *
   * @param destinations as `scheme://host:port`.
   * @param redactor takes values out of every answer, its headers included.
   */
  open(destinations: readonly string[], redactor: Redactor): HttpClient & AsyncDisposable;
}

export interface EgressOptions {
  /** {@link DEFAULT_LIMITS} by default. */
  readonly limits?: EgressLimits;
  /** Replaced in tests. */
  readonly resolve?: Resolve;
  /** Replaced in tests: see {@link SLOW_SECONDS}. */
  readonly slowSeconds?: number;
  /** Counts connections, and what was refused. */
  readonly events?: Pick<DataEvents, 'connected' | 'connectionRefused' | 'connectionFailed'>;
}

/**
 * The only thing in Holdfast that dials, one for each process.
 *
 * @example const egress = createEgress(createAllowList([]), { limits: { requestMilliseconds: 60_000,
 * bytesPerSecond: 1_024 } }); await using http = egress.open(['https://account.blob.core.windows.net:443'],
 * createRedactor()); const { status } = await http.request({ method: 'GET', url:
 * 'https://account.blob.core.windows.net/?comp=list' });
 */
export function createEgress(allow: AllowList, options: EgressOptions = {}): Egress {
  const { limits = DEFAULT_LIMITS, resolve = resolveWithSystem, slowSeconds = SLOW_SECONDS, events = NOT_COUNTED } = options;
  return {
    open(destinations, redactor) {
      const closing = new AbortController();
      let agent: Agent | undefined;
      let closed = false;
      // Made for the first request: a use may send none.
      const agentOf = () => {
        if (closed) closing.abort();
        closing.signal.throwIfAborted();
        agent ??= new Agent({
          connect: createDialer(allow, resolve, {
            closing: closing.signal,
            onConnect: (socket, where) => {
              events.connected();
              watchTransferRate(socket, where, limits.bytesPerSecond, slowSeconds);
            },
            onFailure: (error) => {
              if (error instanceof ConnectorError && error.code === 'address_refused') events.connectionRefused(error.code);
              else events.connectionFailed();
            },
          }),
          connections: CONNECTIONS_PER_ORIGIN,
          pipelining: 1,
          headersTimeout: SILENCE_MILLISECONDS,
          bodyTimeout: SILENCE_MILLISECONDS,
          // Whatever the service asks for: an idle connection is closed before it could be taken for a slow
          // one.
          keepAliveTimeout: 4_000,
          keepAliveMaxTimeout: 4_000,
        });
        return agent;
      };
      return {
        request: (request) => send(request, { agent: agentOf, destinations, redactor, limits, events }),
        async [Symbol.asyncDispose]() {
          closed = true;
          // An abort makes an error with a stack: a use that has sent nothing needs none.
          if (agent === undefined) return;
          closing.abort();
          await agent.destroy();
        },
      };
    },
  };
}

interface RequestContext {
  readonly agent: () => Agent;
  readonly destinations: readonly string[];
  readonly redactor: Redactor;
  readonly limits: EgressLimits;
  readonly events: Pick<DataEvents, 'connectionRefused'>;
}

async function send(request: HttpRequest, context: RequestContext): Promise<HttpResponse> {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  const destination = url === undefined ? undefined : destinationOf(url.href);
  if (url === undefined || destination === undefined || !context.destinations.includes(destination)) {
    context.events.connectionRefused('destination_refused');
    throw new ConnectorError('destination_refused', `The value may not be sent to ${destination ?? 'an address that is no URL'}.`);
  }
  const deadline = AbortSignal.timeout(context.limits.requestMilliseconds);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
  const body = bodyOf(request);
  try {
    // Redirects are not followed: an answer of 3xx goes back as it is, and no header or body goes to another
    // origin.
    const sending = context.agent().request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method as Dispatcher.HttpMethod,
      headers: { ...ownHeadersRemoved(request.headers), ...body.headers, 'accept-encoding': 'identity', 'user-agent': 'holdfast' },
      body: body.body,
      // The library else closes the connection after HEAD, in case the service answers it with a body.
      reset: false,
      signal,
    });
    const answer = await unlessAborted(sending, signal);
    const bytes = await readLimited(answer.body, destination);
    return {
      status: answer.statusCode,
      headers: cleanHeaders(answer.headers, context.redactor),
      body: context.redactor.redactBytes(bytes),
    };
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    if (deadline.aborted) throw tookTooLong(url.host, context.limits);
    throw explainNetworkError(error, url);
  }
}

/** The library heeds a signal only once there is a connection, and it may never come to one. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function tookTooLong(where: string, { requestMilliseconds }: EgressLimits): ConnectorError {
  return new ConnectorError('upstream_unreachable', `A request to ${where} took more than ${requestMilliseconds / 1000} seconds.`, {
    remedy: 'Look at the service, or at the network between; HOLDFAST_REQUEST_DEADLINE_SECONDS says how long a request may take.',
    retryable: true,
  });
}

/**
 * A large body in pieces. Its length is said, so that it does not go out in chunked encoding, which some
 * services refuse.
 */
function bodyOf({ body }: HttpRequest): { body: Uint8Array | string | Readable | null; headers: Record<string, string> } {
  if (body === undefined) return { body: null, headers: {} };
  if (typeof body !== 'string' && 'read' in body) {
    return {
      body: Readable.from(inPiecesOf(body), { objectMode: false, highWaterMark: PIECE_BYTES }),
      headers: { 'content-length': String(body.size) },
    };
  }
  if (body.length <= PIECE_BYTES) return { body, headers: {} };
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    body: Readable.from(inPieces(bytes), { objectMode: false, highWaterMark: PIECE_BYTES }),
    headers: { 'content-length': String(bytes.length) },
  };
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) yield bytes.subarray(start, start + PIECE_BYTES);
}

async function* inPiecesOf(body: StreamedBody): AsyncGenerator<Uint8Array> {
  for await (const bytes of body.read()) yield* inPieces(bytes);
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

/**
 * A header's value may be shown to somebody: without control characters, and no longer than a line of a log.
 */
function printable(value: string): string {
  return value.replace(/\p{Cc}+/gu, ' ').slice(0, HEADER_MAXIMUM_CHARACTERS);
}
