import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ConnectorError } from '@holdfast/connector';
import type { Dispatcher } from 'undici';
import type { Checker } from './checked.ts';
import type { Deadline } from './deadline.ts';
import type { Redactor } from './redaction.ts';

const ANSWER_MAXIMUM_BYTES = 16 * 1024 * 1024;
/** A short answer is there as a whole when fetch resolves: its failures are those of the request. */
const SHORT_BYTES = 65_536;
const HEADER_MAXIMUM_CHARACTERS = 2_000;
/** A document of any size comes in the time that a request may take for each part of this size. */
const DEADLINE_BYTES = 64 * 1024 * 1024;

const NULL_BODY = new Set([204, 205, 304]);
/** None was asked for. What comes in one nevertheless, such as an object that is stored so, is decoded. */
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** What came back, before anybody reads it. */
export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
  /** Of the request. */
  readonly method: string;
  readonly deadline: Deadline;
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
  const { status, method, headers, body, deadline } = answer;
  if (NULL_BODY.has(status) || method === 'HEAD' || headers['content-length'] === '0') {
    deadline.end();
    await body.dump();
    return null;
  }
  const bytes = bytesOf(answer, reading);
  if (reading.kind === 'document') return reading.checker.stream(bytes, `What ${reading.origin} answered`);
  if (Number(headers['content-length']) <= SHORT_BYTES) return reading.redactor.redactBytes(await gather(bytes));
  return readAhead(bytes, reading.redactor, () => body.destroy());
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

async function* bytesOf(answer: Answer, { kind, origin }: Reading): AsyncGenerator<Uint8Array, void, undefined> {
  const { deadline } = answer;
  let length = 0;
  let extendAt = DEADLINE_BYTES;
  try {
    for await (const piece of decoded(answer)) {
      length += piece.length;
      if (kind === 'redacted' && length > ANSWER_MAXIMUM_BYTES) {
        throw new ConnectorError('upstream_refused', `${origin} answered with more than 16 MiB.`);
      }
      if (kind === 'document' && length >= extendAt) {
        deadline.extend();
        extendAt += DEADLINE_BYTES;
      }
      yield piece;
    }
  } catch (error) {
    throw answer.explain(error);
  } finally {
    deadline.end();
  }
}

function decoded({ body, headers }: Answer): AsyncIterable<Uint8Array> {
  const decoder = decoderOf(headers);
  // What fails at one end fails at the other.
  return decoder === undefined ? body : (pipeline(body, decoder(), () => {}) as unknown as Readable);
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
export function answerHeaders(answer: Answer, redactor: Pick<Redactor, 'redact'>): [string, string][] {
  const decodes = decoderOf(answer.headers) !== undefined;
  return Object.entries(answer.headers)
    .filter(([name]) => !(decodes && (name === 'content-encoding' || name === 'content-length')))
    .flatMap(([name, value]) => [value ?? []].flat().map((each): [string, string] => [name, printable(redactor.redact(each))]));
}

function printable(value: string): string {
  return value
    .replace(/[\p{Cc}\u0100-\u{10ffff}]+/gu, ' ')
    .trim()
    .slice(0, HEADER_MAXIMUM_CHARACTERS);
}
