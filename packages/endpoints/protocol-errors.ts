import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HoldfastError } from '@holdfast/api';
import { toProblem } from './problem.ts';
import { isDraining } from './time-limits.ts';

/** What Node's parser calls an error, in our codes. Everything else is a request that is not HTTP. */
const KNOWN: Readonly<Record<string, () => HoldfastError>> = {
  HPE_HEADER_OVERFLOW: () => new HoldfastError('headers_too_large', 'The address and headers have more than 16 KiB.'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: () => new HoldfastError('payload_too_large', 'The chunk extensions are too large.'),
  ERR_HTTP_REQUEST_TIMEOUT: () => new HoldfastError('request_timeout', 'The request did not arrive in time.'),
};

/**
 * Answers with a problem what Node would answer bare, before there is a request that a route could answer.
 */
export function answerProtocolErrors(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { status, text, headers } = problemOf(
      new HoldfastError('expectation_failed', 'The Expect header asks for what this server does not do.'),
    );
    response.writeHead(status, headers).end(text);
  });
  // CONNECT: without a listener Node closes the connection without a word.
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    write(socket, new HoldfastError('method_not_allowed', 'This server is no proxy.'));
  });
}

/** For a request that Node's parser could not read, or that took too long. */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  const answering = (socket as { _httpMessage?: { headersSent?: boolean } })._httpMessage;
  // The client is gone, or an answer has begun or was given: words in between would be taken for a part of
  // it.
  if (error.code === 'ECONNRESET' || !socket.writable || isDraining(socket) || answering?.headersSent === true) {
    socket.destroy();
    return;
  }
  const known = KNOWN[error.code ?? ''];
  write(socket, known?.() ?? new HoldfastError('invalid_request', 'The request is not well-formed HTTP/1.1.', { remedy: MALFORMED }));
}

const MALFORMED = 'Check the request line, the Content-Length or chunks, and the headers; use an HTTP/1.1 client.';

function write(socket: Duplex, error: HoldfastError): void {
  const { status, text, headers } = problemOf(error);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`);
}

function problemOf(error: HoldfastError): { status: number; text: string; headers: Record<string, string> } {
  const requestId = randomUUID();
  const problem = toProblem(error, requestId);
  const text = JSON.stringify(problem);
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(text)),
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    connection: 'close',
  };
  return { status: problem.status, text, headers };
}
