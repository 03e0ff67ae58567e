import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Agent, Dispatcher } from 'undici';
import { type Deadline, startDeadline } from './deadline.ts';
import type { RequestBody } from './request-body.ts';

/** A short answer is there as a whole when the exchange is: its failures are those of the request. */
const SHORT_BYTES = 65_536;
/** Of a longer one, so much lies here for somebody to read. */
const AHEAD_BYTES = 65_536;
/** Their answers have no body; that of 205 may come with one all the same, which is not kept. */
const NULL_BODY = new Set([204, 205, 304]);

/** What goes out. */
export interface Outgoing {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody['body'];
  readonly headersTimeout: number | undefined;
  /** The answer comes as a whole; else as a stream, unless it is short. */
  readonly whole: boolean;
}

/** What came back, before anybody has looked at it. */
export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** `null` when there is none; all of a short one; else as it comes. */
  readonly body: Buffer | Readable | null;
}

/** How long an exchange may take, and who may end it. */
export interface ExchangeLimits {
  readonly milliseconds: number;
  /**
   * What it fails with when that time is over.
   *
   * @param begun whether a connection has taken it.
   */
  readonly tooLong: (begun: boolean) => Error;
  /** Of an answer that does not come as a stream. */
  readonly wholeBytes: number;
  /** What it fails with when such an answer is larger. */
  readonly tooLarge: () => Error;
  readonly ongoing: Ongoing;
  /** Of this request alone. */
  readonly signal: AbortSignal | undefined;
}

/** Exchanges that are under way, and end when a signal is aborted: one listener for all of them. */
export interface Ongoing extends Disposable {
  readonly signal: AbortSignal;
  add(abort: (reason: unknown) => void): void;
  remove(abort: (reason: unknown) => void): void;
}

/**
 * @param signal ends them, with its reason; it is listened to from the first exchange until this is disposed
 *   of.
 */
export function createOngoing(signal: AbortSignal): Ongoing {
  const all = new Set<(reason: unknown) => void>();
  let listens = false;
  const abortAll = () => {
    for (const abort of [...all]) abort(signal.reason);
  };
  return {
    signal,
    add(abort) {
      if (!listens) signal.addEventListener('abort', abortAll);
      listens = true;
      all.add(abort);
    },
    remove: (abort) => void all.delete(abort),
    [Symbol.dispose]: () => signal.removeEventListener('abort', abortAll),
  };
}

/**
 * One request and what comes back. The library's own `request` makes a stream of every answer; of a short
 * one, which is nearly every, that costs more than all else.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** What it failed with: the reason of a signal, or that it took too long. */
  failure: { readonly reason: unknown } | undefined;
  /** All of the request was handed to its connection: the service may have it, whatever comes back. */
  sent = false;
  readonly #request: Outgoing;
  readonly #limits: ExchangeLimits;
  readonly #deadline: Deadline;
  readonly #answer = Promise.withResolvers<Incoming>();
  #controller: Dispatcher.DispatchController | undefined;
  #head: Pick<Incoming, 'status' | 'headers'> | undefined;
  #pieces: Buffer[] = [];
  #length = 0;
  #bodyBytes = 0;
  #stream: Readable | undefined;
  #over = false;

  constructor(request: Outgoing, limits: ExchangeLimits) {
    this.#request = request;
    this.#limits = limits;
    this.#deadline = startDeadline(limits.milliseconds, () => this.abort(limits.tooLong(this.#controller !== undefined)));
    // Who sends meets its failure; of one that was never sent nobody is to hear.
    this.#answer.promise.catch(() => undefined);
  }

  /** @throws the reason of a signal, `tooLong`, what the network says, or what `agentOf` throws. */
  send(agentOf: () => Agent): Promise<Incoming> {
    const { ongoing, signal } = this.#limits;
    const aborted = [ongoing.signal, signal].find((each) => each?.aborted);
    if (aborted !== undefined) {
      this.abort(aborted.reason);
      return this.#answer.promise;
    }
    ongoing.add(this.abort);
    signal?.addEventListener('abort', this.#abortedBySignal);
    const { headersTimeout, whole: _, method, ...rest } = this.#request;
    try {
      agentOf().dispatch(
        {
          ...rest,
          method: method as Dispatcher.HttpMethod,
          // The library else closes the connection after HEAD, in case the service answers it with a body.
          reset: false,
          ...(headersTimeout !== undefined && { headersTimeout }),
        },
        this,
      );
    } catch (error) {
      // As after any failure: its deadline ends, and so does its body.
      if (!this.#over) this.#fail(error);
    }
    return this.#answer.promise;
  }

  /** Another part of a long answer is there: its time begins again. */
  extend(): void {
    this.#deadline.extend();
  }

  /** Also while the library has no connection yet: it heeds nothing before it has one. */
  readonly abort = (reason: unknown): void => {
    if (this.#over) return;
    this.failure = { reason };
    this.#fail(reason);
    this.#controller?.abort(reason as Error);
  };

  readonly #abortedBySignal = (): void => this.abort(this.#limits.signal?.reason);

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) controller.abort((this.failure?.reason ?? new Error('It is over.')) as Error);
    else this.#controller = controller;
  }

  /** The service may have all of a body of a known length before its source says that this was the last. */
  onBodySent(piece: Uint8Array): void {
    this.#bodyBytes += piece.length;
    if (this.#bodyBytes === Number(this.#request.headers['content-length'])) this.sent = true;
  }

  onRequestSent(): void {
    this.sent = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#over) return;
    this.#head = { status, headers };
    const { method, whole } = this.#request;
    if (whole || method === 'HEAD' || NULL_BODY.has(status) || Number(headers['content-length']) <= SHORT_BYTES) return;
    this.#stream = new Readable({
      highWaterMark: AHEAD_BYTES,
      read: () => controller.resume(),
      destroy: (error, done) => {
        // Who does not read it to its end leaves the connection.
        if (!this.#over) controller.abort(error ?? new Error('The answer was left.'));
        done(error);
      },
    });
    // Somebody meets it who reads.
    this.#stream.on('error', () => {});
    this.#answer.resolve({ ...this.#head, body: this.#stream });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#stream !== undefined) {
      if (!this.#stream.push(piece)) controller.pause();
      return;
    }
    this.#length += piece.length;
    if (this.#length > this.#limits.wholeBytes) this.abort(this.#limits.tooLarge());
    else if (this.#head !== undefined && !NULL_BODY.has(this.#head.status)) this.#pieces.push(piece);
  }

  onResponseEnd(): void {
    if (this.#over || this.#head === undefined) return;
    this.#end();
    if (this.#stream !== undefined) {
      this.#stream.push(null);
      return;
    }
    const [first] = this.#pieces;
    const body = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : (first ?? null);
    this.#answer.resolve({ ...this.#head, body });
  }

  onResponseError(_: unknown, error: Error): void {
    if (!this.#over) this.#fail(error);
  }

  #fail(reason: unknown): void {
    this.#end();
    const { body } = this.#request;
    if (body instanceof Readable) body.on('error', () => {}).destroy(reason as Error);
    this.#stream?.destroy(reason as Error);
    this.#answer.reject(reason);
  }

  #end(): void {
    this.#over = true;
    this.#deadline.end();
    this.#limits.ongoing.remove(this.abort);
    this.#limits.signal?.removeEventListener('abort', this.#abortedBySignal);
  }
}
