import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/**
 * WHATWG fetch (fetch.spec.whatwg.org), assignable to `typeof globalThis.fetch`, so that a vendor's SDK takes
 * it as its `fetch`. Beyond that it takes a body that is an async iterable of bytes.
 */
export type Fetch = (input: string | URL | Request, init?: FetchInit) => Promise<Response>;

/**
 * What differs from WHATWG:
 * - `body` may be an async iterable (a Node stream too), and `duplex` need not be said. The length of a
 *   stream is said to the service when `content-length` is among the headers; else it goes out in chunked
 *   encoding.
 * - `redirect`: `follow` follows GET and HEAD within the same origin, 5 times at the most. Every other
 *   redirect, and each one with `manual`, is handed back as the 3xx answer that it is, its `location`
 *   readable. Nothing ever goes to another origin.
 * - `user-agent`, `accept-encoding`, `connection`, `expect` and the like are not for the caller to set.
 * - Cookies, caches, CORS, `integrity` and `referrer` do not exist here.
 */
export interface FetchInit extends Omit<RequestInit, 'body'> {
  readonly body?: RequestInit['body'] | AsyncIterable<Uint8Array> | null;
  readonly duplex?: 'half';
  /** How long the service may take before its answer begins: 60,000 by default, for one that thinks more. */
  readonly answerMilliseconds?: number;
}

/** A request whose answer is short. */
export interface ShortRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: FetchInit['body'];
  readonly signal?: AbortSignal;
}

export interface ShortAnswer {
  readonly status: number;
  /** By their names in lower case; several of one name stand in one, with commas between them. */
  readonly headers: Readonly<Record<string, string>>;
  /** All of it; empty when there is none. */
  readonly body: Uint8Array;
}

/** How TLS is spoken on a socket. The certificate is always checked against `servername`. */
export interface TlsOptions {
  /** The name that the certificate is to be for; the host that is connected to, when left out. */
  readonly servername?: string;
  /** RFC 7301, in order of preference: `['postgresql']`. */
  readonly alpn?: readonly string[];
  /** Certificates in PEM to trust in place of the public ones: of a server with an authority of its own. */
  readonly ca?: string;
}

export interface ConnectTarget {
  /** A name or an address, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. Without it see {@link ConnectorContext.startTls}. */
  readonly tls?: TlsOptions;
}

/** The time that a service has for one piece of work over a socket, such as a document. */
export interface SocketDeadline {
  /**
   * Its time runs while something is awaited here, and not in between: while somebody takes what came, or the
   * next piece is made. Works that overlap spend the same time.
   */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** The time begins again: a further piece of the work is there, such as a page of a list. */
  extend(): void;
}

/**
 * Does the work when there is a place for it in this process, where organizations take turns. Only a few are
 * done at once, whatever each of them waits for.
 *
 * @throws what the work throws, and the reason of the signal when it is aborted before the work has begun.
 */
export type InTurn = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** What one answer of a model took, as its service counts it. */
export interface TokensTaken {
  readonly input: number;
  readonly output: number;
  /** In the currency of the component's prices, when it has them. */
  readonly cost?: number;
}

/**
 * What a connector is given: the only ways out, bound to the destinations of the use, and what keeps values
 * from being shown. It is the same object for every document of one use, so that a WeakMap by it can keep a
 * client or a connection between documents; see {@link onceForUse}.
 *
 * `fetch`, `request` and `connect` reject with ConnectorError: `destination_refused` (not among the
 * destinations; nothing was sent), `address_refused` (a private address that the operator does not allow;
 * nothing was sent), `upstream_unreachable` (name, network, certificate, deadline, slow transfer; `retryable`
 * where trying again can help), `upstream_refused` (an answer that is too large). An SDK may wrap it: see
 * {@link connectorErrorIn}. They reject with the reason of a signal that was aborted.
 */
export interface ConnectorContext {
  /**
   * For requests whose answers are read by the connector. Values that the use opened are taken out of what
   * comes back, headers included. At most 16 MiB of an answer can be read, text or stream.
   */
  readonly fetch: Fetch;
  /**
   * The same as `fetch` with `redirect: 'manual'`, for an SDK that takes a function of its own in place of
   * fetch: an answer comes as a whole, and costs a fraction of a `Response`. Streams go out as with `fetch`.
   */
  readonly request: (url: string, request: ShortRequest) => Promise<ShortAnswer>;
  /**
   * For requests whose answers become documents, wholly or in part. The body of a 2xx answer comes
   * byte for byte, of any size; one that holds a value that the use opened ends with ConnectorError
   * `document_holds_value` in place of its end, and has to be thrown away. Other answers are as with `fetch`.
   */
  readonly fetchDocument: Fetch;
  /**
   * The same as `fetch`, for what takes back something that was begun, such as the parts of an upload: it is
   * sent also when `signal` is aborted, and has 5 seconds of its own. Await it before the work ends.
   */
  readonly takeBack: Fetch;
  /**
   * A connection for a protocol other than HTTP, to a host and port among the destinations. Hand it to the
   * vendor's client: `stream` of pg, `connection` of nodemailer, `sock` of ssh2. Where the scheme of the
   * destination stands for TLS (`smtps`, `ldaps`, …), `tls` has to be given.
   *
   * What comes back is not looked at: pass what becomes a document through `checked`, and show nothing else
   * of it than codes.
   */
  connect(target: ConnectTarget & { readonly tls: TlsOptions }): Promise<TLSSocket>;
  connect(target: ConnectTarget): Promise<Socket>;
  /**
   * Goes over to TLS on a socket of `connect`, in the middle of a protocol (STARTTLS, PostgreSQL's
   * SSLRequest), and checks the certificate. The plain socket is not to be used after it.
   */
  startTls(socket: Socket, tls?: TlsOptions): Promise<TLSSocket>;
  /**
   * How long a piece of work over a socket of `connect` or `startTls` may take: as long as a request of
   * `fetch`, and once more for each 64 MiB that pass. Then the socket is destroyed with ConnectorError
   * `upstream_unreachable`, `retryable`. The egress cannot see by itself where an answer of a protocol ends:
   * whatever is awaited of the service is awaited in one, so that nobody is kept a byte at a time.
   */
  deadlineOn(socket: Socket): SocketDeadline;
  /**
   * The same bytes, looked through as they pass: in place of its end the iterable throws ConnectorError
   * `document_holds_value` when they hold a value that the use opened, in any encoding that is looked for,
   * also across pieces.
   *
   * @param name of the document, for the message.
   */
  checked(bytes: AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array>;
  /**
   * Why an answer of the service does not fit a JSON Schema that a person wrote, in words that repeat nothing
   * of the answer; `undefined` when it fits. Evaluated apart from all else, so that a slow schema holds up
   * nobody.
   *
   * @param schema JSON Schema 2020-12.
   * @param answer JSON, as it came; what is none does not fit.
   * @throws ConnectorError `option_invalid`, for all documents, when a check takes more than a second, or
   *   those of the use too long together; the reason of `signal` as soon as it is aborted.
   */
  answerFault(schema: object, answer: string): Promise<string | undefined>;
  /** For work that takes much memory, such as parsing a document: see {@link InTurn}. */
  readonly inTurn: InTurn;
  /** Adds what an answer of a model took: the run's log has the sum of each step. */
  countTokens(taken: TokensTaken): void;
  /**
   * Aborted when the work is to stop. `fetch`, `connect`, their connections and `answerFault` heed it by
   * themselves.
   */
  readonly signal: AbortSignal;
  /**
   * A part of a value that is secret by itself, such as the key in a connection string: removed from all that
   * is shown.
   */
  protect(part: string): void;
  /**
   * Called when the use ends, before its connections are closed: to end a session, within 2 seconds. What it
   * throws is ignored.
   */
  onEnd(work: () => void | Promise<void>): void;
}
