import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Duplex, type Readable, Transform } from 'node:stream';
import { HoldfastError } from '@holdfast/api';

/**
 * How long a client may take. A request that is slower is answered 408 `request_timeout` or, once it is
 * answered, cut off.
 */
export interface TimeLimits {
  /** For the request line and all headers. */
  readonly headersSeconds: number;
  /** For the whole of a body that is collected in memory (JSON). */
  readonly bodySeconds: number;
  /** For the whole of a body or an answer that is streamed, whatever its rate. */
  readonly streamSeconds: number;
  /**
   * A stream moves at least `minimumBytes` in each window of `windowSeconds` in which it waits for the
   * client.
   */
  readonly windowSeconds: number;
  readonly minimumBytes: number;
  /** A connection on which nothing moves in either direction is closed. */
  readonly idleSeconds: number;
  /**
   * After an answer to a request whose body is still coming: how long the rest is read and thrown away, so
   * that the client gets to read the answer.
   */
  readonly lingerSeconds: number;
  /** Once the server closes: how long requests that are under way may still take. */
  readonly closeSeconds: number;
}

/** 6 hours carry 1 GiB at 50 KiB/s; 30 KiB in 30 seconds is 1 KiB/s. */
export const TIME_LIMITS: TimeLimits = {
  headersSeconds: 15,
  bodySeconds: 30,
  streamSeconds: 6 * 3_600,
  windowSeconds: 30,
  minimumBytes: 30 * 1_024,
  idleSeconds: 120,
  lingerSeconds: 2,
  closeSeconds: 5,
};

function timeout(detail: string): HoldfastError & { statusCode: number } {
  // Fastify takes the status from the error itself; the answer is made from the code.
  return Object.assign(new HoldfastError('request_timeout', detail), { statusCode: 408 });
}

/**
 * The same bytes, which end with `request_timeout` when the client is too slow. What was sent already is not
 * touched: the source is neither read nor destroyed after that, so that an answer can still be given.
 *
 * @param streamed - whether the body is read as it comes (a minimum rate holds) or collected (a deadline
 * holds).
 */
export function timedBody(source: Readable, streamed: boolean, limits: TimeLimits): Readable {
  let windowBytes = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      windowBytes += chunk.length;
      done(null, chunk);
    },
  });
  const seconds = streamed ? limits.streamSeconds : limits.bodySeconds;
  const deadline = setTimeout(() => body.destroy(timeout(`The body did not arrive within ${seconds} seconds.`)), seconds * 1_000).unref();
  const pace = streamed ? setInterval(checkPace, limits.windowSeconds * 1_000).unref() : undefined;
  function checkPace(): void {
    // While we are the ones who do not read, the client is not to blame.
    const slow = windowBytes < limits.minimumBytes && !body.writableNeedDrain;
    windowBytes = 0;
    if (slow) body.destroy(timeout(`Less than ${limits.minimumBytes} bytes of the body arrived in ${limits.windowSeconds} seconds.`));
  }
  const fail = (error: Error): void => {
    body.destroy(error);
  };
  const gone = (): void => {
    if (!source.readableEnded) body.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  };
  // Who reads it may have given up before: then there is nobody who wants to know.
  body.on('error', () => {});
  source.on('error', fail);
  source.on('close', gone);
  body.once('close', () => {
    clearTimeout(deadline);
    clearInterval(pace);
    source.off('close', gone);
    source.unpipe(body);
  });
  source.pipe(body);
  return body;
}

const draining = new WeakSet<Duplex>();

/**
 * Its last request is answered, and the rest of that request is not yet read: a second answer would be taken
 * for the next one's.
 */
export function isDraining(socket: Duplex): boolean {
  return draining.has(socket);
}

/**
 * Reads and drops the rest of a body that the answer did not wait for, for a moment; then the connection is
 * closed.
 */
export function drainRest(request: IncomingMessage, { lingerSeconds }: TimeLimits): void {
  if (request.complete || request.destroyed) return;
  const closing = setTimeout(() => request.destroy(), lingerSeconds * 1_000).unref();
  const stop = (): void => {
    clearTimeout(closing);
    draining.delete(request.socket);
  };
  draining.add(request.socket);
  request.once('end', stop).once('close', stop);
  request.unpipe();
  request.resume();
}

/** Cuts off a client that does not read the answer that it asked for. */
export function timeAnswer(response: ServerResponse, { windowSeconds, minimumBytes, streamSeconds }: TimeLimits): void {
  const { socket } = response;
  if (socket === null) return;
  let written = socket.bytesWritten;
  const pace = setInterval(() => {
    // Nothing waits to be sent: it is us who are slow.
    const waits = response.writableLength > 0 || socket.writableLength > 0;
    if (waits && socket.bytesWritten - written < minimumBytes) socket.destroy();
    written = socket.bytesWritten;
  }, windowSeconds * 1_000);
  const deadline = setTimeout(() => socket.destroy(), streamSeconds * 1_000);
  response.once('close', () => {
    clearInterval(pace);
    clearTimeout(deadline);
  });
}
