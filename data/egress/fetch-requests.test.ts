import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ConnectorError, type FetchInit } from '@holdfast/connector';
import { testContext } from '../../tests/harness/connector-context.ts';
import { piecesOf, refusedAs, serve } from '../testing/served.ts';

describe('what fetch sends', () => {
  const bytes = randomBytes(700_000);
  const form = new FormData();
  form.set('purpose', 'a\nb');
  form.set('file', new File([bytes], 'ä "1".pdf', { type: 'application/pdf' }));

  const BODIES: readonly (readonly [string, () => FetchInit, { body?: Buffer; length?: number | undefined; type?: string | undefined }])[] =
    [
      ['a text', () => ({ body: 'täxt' }), { body: Buffer.from('täxt'), length: 5, type: 'text/plain;charset=UTF-8' }],
      ['a text of a type', () => ({ body: '{}', headers: { 'content-type': 'application/json' } }), { type: 'application/json' }],
      ['bytes', () => ({ body: new Uint8Array(bytes) }), { body: bytes, length: 700_000, type: undefined }],
      [
        'a part of a buffer',
        () => ({ body: new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + 5, 10) }),
        { body: bytes.subarray(5, 15), length: 10 },
      ],
      ['a buffer', () => ({ body: new Uint8Array(bytes).buffer }), { body: bytes, length: 700_000 }],
      [
        'a form of fields',
        () => ({ body: new URLSearchParams({ a: 'b c' }) }),
        { body: Buffer.from('a=b+c'), type: 'application/x-www-form-urlencoded;charset=UTF-8' },
      ],
      ['a blob', () => ({ body: new Blob([bytes], { type: 'image/png' }) }), { body: bytes, length: 700_000, type: 'image/png' }],
      [
        'a stream',
        () => ({ body: new Blob([bytes]).stream() as ReadableStream<Uint8Array<ArrayBuffer>> }),
        { body: bytes, length: undefined },
      ],
      [
        'a stream of known length',
        () => ({ body: new Blob([bytes]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>, headers: { 'Content-Length': '700000' } }),
        { body: bytes, length: 700_000 },
      ],
      ['pieces', () => ({ body: piecesOf(bytes, 70_001) }), { body: bytes, length: undefined }],
      [
        'pieces of known length',
        () => ({ body: piecesOf(bytes, 70_001), headers: { 'content-length': '700000' } }),
        { body: bytes, length: 700_000 },
      ],
      ['nothing', () => ({ body: null }), { body: Buffer.alloc(0), length: 0 }],
    ];
  for (const [what, init, { body, ...expected }] of BODIES) {
    it(`can be ${what}`, async () => {
      await using server = await serve((_request, response) => response.end());
      await using context = server.context();
      await context.fetch(server.origin, { method: 'POST', ...init() });
      const [request] = server.requests;
      if (body !== undefined) assert.ok(request?.body.equals(body));
      if ('length' in expected) {
        assert.equal(request?.headers['content-length'], expected.length?.toString());
        assert.equal(request?.headers['transfer-encoding'], expected.length === undefined ? 'chunked' : undefined);
      }
      if ('type' in expected) assert.equal(request?.headers['content-type'], expected.type);
    });
  }

  it('can be a form with files, which says its length', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    await context.fetch(server.origin, { method: 'POST', body: form });
    const [request] = server.requests;
    assert.equal(request?.headers['content-length'], String(request?.body.length));
    const read = await new Response(new Uint8Array(request?.body ?? []), {
      headers: { 'content-type': String(request?.headers['content-type']) },
    }).formData();
    const file = read.get('file') as File;
    assert.equal(read.get('purpose'), 'a\r\nb');
    assert.deepEqual([file.name, file.type], ['ä "1".pdf', 'application/pdf']);
    assert.ok(Buffer.from(await file.arrayBuffer()).equals(bytes));
  });

  it('can be a Request, with what its second argument says in place', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    await context.fetch(new Request(server.origin, { method: 'PUT', body: 'one', headers: { 'x-a': 'a' } }), { headers: { 'x-b': 'b' } });
    const [request] = server.requests;
    assert.deepEqual(
      [request?.line, request?.body.toString(), request?.headers['x-a'], request?.headers['x-b']],
      ['PUT /', 'one', undefined, 'b'],
    );
  });

  it('is no document when it has fewer or more bytes than were said', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    for (const length of ['700001', '699999']) {
      const init = { method: 'PUT', body: piecesOf(bytes, 70_000), headers: { 'content-length': length } };
      await assert.rejects(context.fetch(server.origin, init), ConnectorError);
    }
  });

  for (const [how, at, length, mayHaveArrived] of [
    ['may have arrived when the connection is lost after all of it, before its source has ended', 10, '10', true],
    ['has not arrived when the connection is lost before all of it', 10, '11', false],
    ['has not arrived when the connection is lost before it is known to be all', 10, undefined, false],
  ] as const) {
    it(how, async () => {
      const server = createServer((request) => {
        let arrived = 0;
        request
          .on('error', () => undefined)
          .on('data', (piece: Buffer) => {
            arrived += piece.length;
            if (arrived === at) request.socket.destroy();
          });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { promise: over, resolve: isOver } = Promise.withResolvers<void>();
      async function* openEnded() {
        yield bytes.subarray(0, at);
        await over;
      }
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        await using context = testContext({ destinations: [origin] });
        const headers: Record<string, string> = length === undefined ? {} : { 'content-length': length };
        await assert.rejects(context.fetch(origin, { method: 'POST', body: openEnded(), headers }), (error: unknown) => {
          assert.ok(refusedAs('upstream_unreachable', /was lost/)(error), String(error));
          return (error as ConnectorError).retryable && (error as ConnectorError).mayHaveArrived === mayHaveArrived;
        });
      } finally {
        isOver();
        server.close();
      }
    });
  }

  it('ends when the pieces fail, with their error', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    async function* failing() {
      yield new Uint8Array(100_000);
      throw new ConnectorError('document_unsupported', 'The source is gone.');
    }
    await assert.rejects(
      context.fetch(server.origin, { method: 'PUT', body: failing() }),
      refusedAs('document_unsupported', /The source is gone/),
    );
  });

  it('says in its headers what the caller may say, and repeats none of it in an error', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    await context.fetch(server.origin, {
      headers: { Authorization: 'Bearer x', Host: 'evil.example', 'User-Agent': 'x', Expect: '100-continue' },
    });
    const { headers } = server.requests[0] ?? assert.fail();
    assert.deepEqual(
      [headers.authorization, headers.host, headers['user-agent'], headers.expect, headers['accept-encoding']],
      ['Bearer x', `127.0.0.1:${server.port}`, 'holdfast', undefined, 'identity'],
    );
    await assert.rejects(context.fetch(server.origin, { headers: { authorization: 'Bearer hunter22\r\nx: y' } }), (error: Error) => {
      return refusedAs('option_invalid')(error) && !JSON.stringify([error.message, String(error.cause)]).includes('hunter22');
    });
  });
});

describe('a request whose answer is short', () => {
  const value = 'correct horse battery staple';
  const nothing = { method: 'GET', headers: {} };

  it('goes to the destinations of the use alone, follows nothing, and says what the caller may say', async () => {
    await using server = await serve((_request, response) => response.writeHead(307, { location: '/elsewhere' }).end());
    await using context = server.context();
    await assert.rejects(context.request(`http://localhost:${server.port}/`, nothing), refusedAs('destination_refused'));
    await assert.rejects(context.request(`http://u:p@127.0.0.1:${server.port}/`, nothing), refusedAs('option_invalid'));
    const { status } = await context.request(server.origin, { method: 'PUT', headers: { Host: 'evil.example', 'X-A': 'b' }, body: 'c' });
    assert.equal(status, 307);
    const [sent, ...more] = server.requests;
    assert.deepEqual([sent?.headers.host, sent?.headers['x-a'], String(sent?.body)], [`127.0.0.1:${server.port}`, 'b', 'c']);
    assert.deepEqual(more, []);
    for (const [name, value] of [
      ['authorization', 'Bearer hunter22\r\nx: y'],
      ['a hunter22', 'b'],
    ] as const) {
      await assert.rejects(context.request(server.origin, { method: 'GET', headers: { [name]: value } }), (error: Error) => {
        return refusedAs('option_invalid')(error) && !JSON.stringify([error.message, String(error.cause)]).includes('hunter22');
      });
    }
  });

  it('has no value in what it answers, in headers and body, also in pieces and compressed', async () => {
    const body = gzipSync(`you sent ${value}`);
    await using server = await serve((request, response) => {
      response.setHeader('x-echo', encodeURIComponent(value));
      response.setHeader('x-other', 'as it is');
      if (request.url === '/zipped') response.setHeader('content-encoding', 'gzip').end(body);
      else {
        response.write(`you sent ${value.slice(0, 10)}`);
        setTimeout(() => response.end(value.slice(10)), 20);
      }
    });
    await using context = server.context({ values: [value] });
    for (const path of ['/', '/zipped']) {
      const answer = await context.request(`${server.origin}${path}`, nothing);
      assert.equal(answer.headers['x-echo'], '[redacted]');
      assert.equal(answer.headers['x-other'], 'as it is');
      assert.equal(Buffer.from(answer.body).toString(), 'you sent [redacted]');
    }
  });

  it('has 16 MiB at the most', async () => {
    await using server = await serve((_request, response) => void response.end(Buffer.alloc(17 * 1024 * 1024)));
    await using context = server.context();
    await assert.rejects(context.request(server.origin, nothing), refusedAs('upstream_refused', /more than 16 MiB/));
  });

  it('is left when the work is to stop, before and after there is a connection, and when its time is over', async () => {
    await using server = await serve(() => {});
    const work = new AbortController();
    const reason = new Error('work');
    await using unconnected = testContext({
      destinations: ['http://slow.example:80'],
      signal: work.signal,
      egress: { resolve: () => new Promise(() => {}) },
    });
    await using context = server.context({ signal: work.signal });
    const asked = [unconnected.request('http://slow.example/', nothing), context.request(server.origin, nothing)];
    setTimeout(() => work.abort(reason), 100);
    for (const each of await Promise.allSettled(asked)) assert.equal(each.status === 'rejected' && each.reason, reason);
    await assert.rejects(context.request(server.origin, nothing), (error) => error === reason);
    await using brief = server.context({ egress: { limits: { requestMilliseconds: 100, bytesPerSecond: 0 } } });
    await assert.rejects(brief.request(server.origin, nothing), refusedAs('upstream_unreachable', /took more than 0.1 seconds/));
  });
});
