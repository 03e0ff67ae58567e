import type { Socket } from 'node:net';
import { hostAndPort } from '@holdfast/configuration';
import { ConnectorError } from '@holdfast/connector';
import { notUnderstood } from './failures.ts';
import type { Connection } from './options.ts';

/** Above the longest row that is read, with room: a longer one is refused by what it says of its length. */
const MESSAGE_MAXIMUM_BYTES = 64 * 1024 * 1024;
/** The client keeps the rows of an answer until the last has come. */
const ANSWER_MAXIMUM_BYTES = 128 * 1024 * 1024;

/** One byte, and the length of what follows, itself included. */
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;
const [AUTHENTICATION, DATA_ROW, ERROR_RESPONSE, NOTICE_RESPONSE, READY_FOR_QUERY] = Buffer.from('RDENZ');

/**
 * Gives the client that listens to the stream whole messages of the server, one at a time. The client parses
 * them within the stream's event, where an exception would end the process, and reads an error without its
 * end for ever: what is too long, has no such form or makes the client throw destroys the stream instead,
 * with a ConnectorError `upstream_refused`.
 *
 * @see {@link https://www.postgresql.org/docs/current/protocol-message-formats.html}
 */
export function watchMessages(stream: Socket, server: Connection['server']): Socket {
  const where = hostAndPort(server);
  const on = stream.on.bind(stream) as (event: string, listener: (...given: never[]) => void) => Socket;
  stream.on = (event: string, listener: (...given: never[]) => void) => {
    if (event !== 'data') return on(event, listener);
    const messages = messagesIn(where);
    return on('data', (chunk: Buffer) => {
      try {
        for (const message of messages(chunk)) {
          if (stream.destroyed) return;
          (listener as (message: Buffer) => void)(message);
        }
      } catch (error) {
        stream.destroy(error instanceof ConnectorError ? error : notUnderstood(where, error));
      }
    });
  };
  return stream;
}

function messagesIn(where: string): (chunk: Buffer) => Generator<Buffer, void, undefined> {
  let pieces: Buffer[] = [];
  let held = 0;
  let needed = HEADER_BYTES;
  /** Of the answer that is under way. */
  let answered = 0;
  /** Codes of the requests to authenticate that came. */
  const asked = new Set<number>();

  return function* messages(chunk) {
    pieces.push(chunk);
    held += chunk.length;
    if (held < needed) return;
    let rest = pieces.length === 1 ? chunk : Buffer.concat(pieces, held);
    needed = HEADER_BYTES;
    while (rest.length >= HEADER_BYTES) {
      const bytes = 1 + rest.readUInt32BE(1);
      if (bytes < HEADER_BYTES) throw notUnderstood(where);
      if (bytes > MESSAGE_MAXIMUM_BYTES) throw tooLong(where, 'a message', MESSAGE_MAXIMUM_BYTES);
      if (answered + bytes > ANSWER_MAXIMUM_BYTES) throw tooLong(where, 'an answer', ANSWER_MAXIMUM_BYTES);
      if (rest.length < bytes) {
        needed = bytes;
        break;
      }
      const message = rest.subarray(0, bytes);
      if (!isWhole(message) || asksAgain(message, asked)) throw notUnderstood(where);
      answered = message[0] === READY_FOR_QUERY ? 0 : answered + bytes;
      yield message;
      rest = rest.subarray(bytes);
    }
    pieces = rest.length === 0 ? [] : [rest];
    held = rest.length;
  };
}

/**
 * Whether it asks for a way to authenticate, or a step of it, that was asked for before, which no server
 * does. The client would begin each: a key of SCRAM is derived in one of the threads that all share.
 */
function asksAgain(message: Buffer, asked: Set<number>): boolean {
  if (message[0] !== AUTHENTICATION || message.length < HEADER_BYTES + 4) return false;
  const code = message.readInt32BE(HEADER_BYTES);
  const again = asked.has(code);
  asked.add(code);
  return again;
}

/** Whether its parts end where it ends, where the client would not look. */
function isWhole(message: Buffer): boolean {
  if (message[0] === DATA_ROW) return isRow(message.subarray(HEADER_BYTES));
  if (message[0] === ERROR_RESPONSE || message[0] === NOTICE_RESPONSE) return isFields(message.subarray(HEADER_BYTES));
  return true;
}

/** How many columns, then each with its length; NULL has −1. */
function isRow(body: Buffer): boolean {
  if (body.length < 2) return false;
  let at = 2;
  for (let column = body.readInt16BE(0); column > 0; column -= 1) {
    if (at + LENGTH_BYTES > body.length) return false;
    const length = body.readInt32BE(at);
    if (length < -1) return false;
    at += LENGTH_BYTES + Math.max(0, length);
  }
  return at === body.length;
}

/** Each of one byte and a text that ends with NUL; a NUL ends them. */
function isFields(body: Buffer): boolean {
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    if (end < 0) return false;
    at = end + 1;
  }
  return at === body.length - 1;
}

function tooLong(where: string, what: string, maximum: number): ConnectorError {
  return new ConnectorError('upstream_refused', `The server at ${where} sent ${what} of more than ${maximum / 1024 / 1024} MiB.`, {
    remedy: 'Leave large columns out of the query, and check that the host is the right one.',
  });
}
