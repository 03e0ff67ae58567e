import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ConnectorError } from '@holdfast/connector';
import type { Checker } from './checked.ts';
import { DEADLINE_BYTES } from './deadline.ts';
import type { Incoming } from './exchange.ts';
import type { Redactor } from './redaction.ts';

export const ANSWER_MAXIMUM_BYTES = 16 * 1024 * 1024;
const HEADER_MAXIMUM_CHARACTERS = 2_000;
const UNPRINTABLE = /[\p{Cc}\u0100-\u{10ffff}]/u;
const UNPRINTABLE_RUNS = /[\p{Cc}\u0100-\u{10ffff}]+/gu;
/** In no header. */
const BETWEEN_HEADERS = '\0';
/** Of an answer that is not used. */
const DROPPED_BYTES = 65_536;

/** None was asked for. What comes in one nevertheless, such as an object that is stored so, is decoded. */
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** What came back, before anybody reads it. */
export interface Answer extends Incoming {
  /** The time of the request begins again. */
  readonly extend: () => void;
  /** What a failure while the body is read is in our words. */
  readonly explain: (error: unknown) => unknown;
}

interface Reading {
  readonly kind: 'redacted' | 'document';
  /** For messages. */
  readonly origin: string;
  readonly redactor: Redactor;
  readonly checker: Checker;
}

/**
 * The body as a Response takes it. One that is redacted is read at once, also when nobody asks for it, so
 * that its connection is free again; one of a document is read as far as somebody asks for it.
 *
 * @throws ConnectorError, for a short answer; a longer one fails where it is read.
 */
export async function answerBody(answer: Answer, reading: Reading): Promise<Uint8Array | ReadableStream<Uint8Array> | null> {
  const { body } = answer;
  if (body === null) return null;
  if (reading.kind === 'document') return reading.checker.stream(bytesOf(answer, reading), `What ${reading.origin} answered`);
  if (Buffer.isBuffer(body)) return wholeAnswer(answer, reading);
  return readAhead(bytesOf(answer, reading), reading.redactor, () => body.destroy());
}

/**
 * All of a body, redacted.
 *
 * @throws ConnectorError when it has more than 16 MiB.
 */
export async function wholeAnswer(answer: Answer, reading: Omit<Reading, 'checker'>): Promise<Uint8Array> {
  const { body } = answer;
  if (body === null) return new Uint8Array(0);
  const isThere = Buffer.isBuffer(body) && decoderOf(answer.headers) === undefined;
  return reading.redactor.redactBytes(isThere ? body : await gather(bytesOf(answer, reading)));
}

/**
 * For an answer that is not used: at most 64 KiB of it are read, so that its connection can be used again.
 *
 * @throws what `explain` makes of a failure: ConnectorError `upstream_unreachable`, or the reason of a
 *   signal.
 */
export async function dropAnswer({ body, explain }: Answer): Promise<void> {
  if (body === null || Buffer.isBuffer(body)) return;
  let length = 0;
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      length += piece.length;
      if (length > DROPPED_BYTES) return;
    }
  } catch (error) {
    throw explain(error);
  }
}

/** Everything is read and redacted as it comes, at most 16 MiB of it, for somebody to take or not. */
function readAhead(
  bytes: AsyncIterable<Uint8Array>,
  redactor: Pick<Redactor, 'redactStream'>,
  leave: () => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const redacted = redactor.redactStream();
      const give = (piece: Uint8Array) => {
        if (piece.length > 0) controller.enqueue(piece);
      };
      void (async () => {
        try {
          for await (const piece of bytes) give(redacted.push(piece));
          give(redacted.flush());
          controller.close();
        } catch (error) {
          controller.error(error);
        }
      })();
    },
    cancel: leave,
  });
}

async function* bytesOf(answer: Answer, { kind, origin }: Omit<Reading, 'checker'>): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  let extendAt = DEADLINE_BYTES;
  try {
    for await (const piece of decoded(answer)) {
      length += piece.length;
      if (kind === 'redacted' && length > ANSWER_MAXIMUM_BYTES) throw answerTooLarge(origin);
      if (kind === 'document' && length >= extendAt) {
        answer.extend();
        extendAt += DEADLINE_BYTES;
      }
      yield piece;
    }
  } catch (error) {
    throw answer.explain(error);
  }
}

/** Of an answer that is taken as a whole or redacted: ConnectorError `upstream_refused`. */
export function answerTooLarge(origin: string): ConnectorError {
  return new ConnectorError('upstream_refused', `${origin} answered with more than 16 MiB.`, {
    remedy: 'Check the address; if it is right, have the service answer with less, such as shorter pages of a list.',
  });
}

function decoded({ body, headers }: Answer): AsyncIterable<Uint8Array> {
  const bytes = Buffer.isBuffer(body) ? Readable.from([body]) : (body as Readable);
  const decoder = decoderOf(headers);
  // What fails at one end fails at the other.
  return decoder === undefined ? bytes : (pipeline(bytes, decoder(), () => {}) as unknown as Readable);
}

function decoderOf(headers: Answer['headers']) {
  const encoding = String(headers['content-encoding'] ?? '').toLowerCase();
  return Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
}

async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

/**
 * The headers without values that the use opened. Each may be shown to somebody: without control characters,
 * and no longer than a line of a log.
 */
export function answerHeaders(answer: Answer, redactor: Pick<Redactor, 'redactBytes'>): [string, string][] {
  const decodes = decoderOf(answer.headers) !== undefined;
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || (decodes && (name === 'content-encoding' || name === 'content-length'))) continue;
    if (typeof value === 'string') headers.push([name, value]);
    else for (const each of value) headers.push([name, each]);
  }
  // Looked through together: hardly ever there is something in one of them. Also as they are shown, where a
  // tab has become a space, as a value may have one.
  const all = bytesOfHeader(headers.flatMap(([, value]) => [...new Set([value, printable(value)])]).join(BETWEEN_HEADERS));
  const clean =
    redactor.redactBytes(all) === all
      ? (value: string) => value
      : (value: string) => Buffer.from(redactor.redactBytes(bytesOfHeader(value))).toString('latin1');
  for (const header of headers) header[1] = clean(printable(clean(header[1]))).slice(0, HEADER_MAXIMUM_CHARACTERS);
  return headers;
}

/** As they were received: the HTTP client reads each byte as one character, whatever the encoding. */
function bytesOfHeader(value: string): Uint8Array {
  return Buffer.from(value, 'latin1');
}

function printable(value: string): string {
  return (UNPRINTABLE.test(value) ? value.replace(UNPRINTABLE_RUNS, ' ') : value).trim();
}
