import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@holdfast/service';
import { createServer, type Server } from './server.ts';

/** What is no request that a route could answer, or comes too slowly, over a real connection. */

let server: Server;
let port: number;
before(async () => {
  server = createServer({
    hosts: { listen: '127.0.0.1', allowed: [{ name: 'x', port: undefined }] },
    logger: createLogger({ name: 'test', level: 'silent' }),
    bodyLimit: 1_000,
    limits: { headersSeconds: 1, bodySeconds: 1, streamSeconds: 4, windowSeconds: 1, minimumBytes: 100, lingerSeconds: 1, idleSeconds: 8 },
  });
  server.post('/x', async () => ({}));
  server.get('/x', async () => ({}));
  server.get('/endless', async (_request, reply) => reply.send(new Readable({ read: endless })));
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.post('/stream', { config: { streamedBody: true } }, async (request) => {
      let size = 0;
      for await (const piece of request.body as Readable) size += piece.length;
      return { size };
    });
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  port = (server.server.address() as { port: number }).port;
});
after(() => server.close());

function endless(this: Readable): void {
  this.push(Buffer.alloc(65_536));
}

/** The client says that it has nothing more to send. */
const END = -1;

/**
 * Sends the pieces, one after the other (a number is a pause in milliseconds), and answers all that comes
 * until the connection is closed.
 */
async function converse(...pieces: readonly (string | number)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (bytes) => received.push(bytes));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  for (const piece of pieces) {
    if (piece === END) socket.end();
    else if (typeof piece === 'number') await Promise.race([sleep(piece), closed]);
    else if (!socket.destroyed) socket.write(piece);
  }
  await closed;
  return Buffer.concat(received).toString('latin1');
}

function problemIn(answer: string): { status: number; code: string } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, /content-type: application\/problem\+json/i, `no problem: ${answer.slice(0, 300)}`);
  const problem = JSON.parse(body);
  assert.ok(problem.detail && problem.remedy && problem.requestId, body);
  assert.equal(Number(head.split(' ')[1]), problem.status);
  return { status: problem.status, code: problem.code };
}

const HOST = 'Host: x\r\nConnection: close\r\n';
const BARE: readonly [string, string, number, string][] = [
  ['what is no HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
  ['a method that there is not', `FROB /x HTTP/1.1\r\n${HOST}\r\n`, 400, 'invalid_request'],
  ['an address with a space', `GET /x y HTTP/1.1\r\n${HOST}\r\n`, 400, 'invalid_request'],
  ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'invalid_request'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'invalid_request'],
  ['a header without a colon', `GET /x HTTP/1.1\r\n${HOST}nonsense\r\n\r\n`, 400, 'invalid_request'],
  ['a header with NUL', `GET /x HTTP/1.1\r\n${HOST}x-a: b\0c\r\n\r\n`, 400, 'invalid_request'],
  ['a folded header', `GET /x HTTP/1.1\r\n${HOST}x-a: b\r\n\tc: d\0\r\n\r\n`, 400, 'invalid_request'],
  ['headers that are too large', `GET /x HTTP/1.1\r\n${HOST}x-a: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ['an address that is too long', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431, 'headers_too_large'],
  ['a length that is no number', `POST /x HTTP/1.1\r\n${HOST}Content-Length: ten\r\n\r\n`, 400, 'invalid_request'],
  ['a negative length', `POST /x HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`, 400, 'invalid_request'],
  ['two lengths', `POST /x HTTP/1.1\r\n${HOST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400, 'invalid_request'],
  ['a length and chunks', `POST /x HTTP/1.1\r\n${HOST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`, 400, 'invalid_request'],
  ['an unknown transfer encoding', `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: br\r\n\r\n{}`, 400, 'invalid_request'],
  [
    'a chunk whose length is no number',
    `POST /x HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`,
    400,
    'invalid_request',
  ],
  ['no Host', 'GET /x HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
  [
    'an Expect that is not met',
    `POST /x HTTP/1.1\r\n${HOST}Expect: the-unexpected\r\nContent-Length: 2\r\n\r\n{}`,
    417,
    'expectation_failed',
  ],
  ['CONNECT', `CONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`, 405, 'method_not_allowed'],
  ['an address of another form', `GET http://[ HTTP/1.1\r\n${HOST}\r\n`, 400, 'invalid_request'],
  ['an asterisk', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 404, 'not_found'],
];

for (const [what, sent, status, code] of BARE) {
  test(`${what} is answered ${status} ${code}`, async () => {
    assert.deepEqual(problemIn(await converse(sent)), { status, code });
  });
}

test('a request that is not HTTP behind one that is gets its own answer', async () => {
  const answer = await converse('GET /x HTTP/1.1\r\nHost: x\r\n\r\n', 200, 'nonsense\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.equal(problemIn(answer.slice(answer.lastIndexOf('HTTP/1.1 4'))).code, 'invalid_request');
});

test('headers that do not come to an end are answered 408', { timeout: 20_000 }, async () => {
  const pieces = Array.from({ length: 100 }, (_, index) => [`x-${index}: y\r\n`, 100]).flat();
  assert.deepEqual(problemIn(await converse('GET /x HTTP/1.1\r\nHost: x\r\n', ...pieces)), { status: 408, code: 'request_timeout' });
});

test('a JSON body that drips is answered 408, and the connection ends', { timeout: 6_000 }, async () => {
  const head = `POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n`;
  const pieces = Array.from({ length: 100 }, () => [' ', 100]).flat();
  assert.deepEqual(problemIn(await converse(head, ...pieces)), { status: 408, code: 'request_timeout' });
});

test('a stream below the minimum rate is answered 408, with a length and in chunks', { timeout: 10_000 }, async () => {
  for (const framing of ['Content-Length: 100000', 'Transfer-Encoding: chunked']) {
    const pieces = Array.from({ length: 100 }, () => ['1\r\nx\r\n', 100]).flat();
    const answer = await converse(`POST /stream HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n`, ...pieces);
    assert.deepEqual(problemIn(answer), { status: 408, code: 'request_timeout' });
  }
});

test('a stream above the minimum rate ends at the overall limit', { timeout: 7_500 }, async () => {
  const pieces = Array.from({ length: 100 }, () => ['x'.repeat(50), 100]).flat();
  const answer = await converse('POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n', ...pieces);
  assert.deepEqual(problemIn(answer), { status: 408, code: 'request_timeout' });
});

test('a stream that is fast enough is read to its end', async () => {
  const pieces = Array.from({ length: 15 }, () => ['x'.repeat(50), 100]).flat();
  const answer = await converse('POST /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 750\r\n\r\n', ...pieces);
  assert.match(answer, /\{"size":750\}/);
});

test('a body that is too large is answered 413, announced or found while it comes', async () => {
  const head = 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const large = 'x'.repeat(4_000_000);
  for (const sent of [
    `${head}Content-Length: ${large.length}\r\n\r\n${large}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n`,
  ]) {
    assert.deepEqual(problemIn(await converse(sent, 500, END)), { status: 413, code: 'payload_too_large' });
  }
});

test('a client that does not read the answer is disconnected', { timeout: 20_000 }, async () => {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n');
  await sleep(3_000);
  // Only now is the end of the connection looked for: by what was in flight, and no more after it.
  socket.resume();
  await closed;
  assert.ok(socket.bytesRead < 100_000_000);
});

test('a connection on which nothing is said is closed', { timeout: 20_000 }, async () => {
  const answer = await converse();
  assert.ok(answer === '' || problemIn(answer).status === 408);
});
