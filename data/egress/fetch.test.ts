import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ConnectorError, type FetchInit } from '@holdfast/connector';
import fc from 'fast-check';
import { type TestContextOptions, testContext } from '../../tests/harness/connector-context.ts';

interface Served extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly requests: { readonly line: string; readonly headers: NodeJS.Dict<string | string[]>; readonly body: Buffer }[];
  /** A context whose only destination is this server. */
  context(more?: Partial<TestContextOptions>): ReturnType<typeof testContext>;
}

async function serve(listener: RequestListener): Promise<Served> {
  const requests: Served['requests'] = [];
  const server: Server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      return;
    }
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: Buffer.concat(pieces) });
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    port,
    origin,
    requests,
    context: (more = {}) => testContext({ destinations: [origin], ...more }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function refusedAs(code: string, message = /./) {
  return (error: unknown) => error instanceof ConnectorError && error.code === code && message.test(error.message);
}

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
    await setImmediate();
  }
}

describe('where fetch goes', () => {
  it('sends to a destination that the operator and the value allow', async () => {
    await using server = await serve((_request, response) => response.end('fine'));
    await using context = server.context({ allow: `127.0.0.1:${server.port}` });
    const answer = await context.fetch(`${server.origin}/a?b=c#d`);
    assert.equal(answer.status, 200);
    assert.equal(answer.ok, true);
    assert.equal(answer.url, `${server.origin}/a?b=c#d`);
    assert.equal(await answer.text(), 'fine');
    assert.deepEqual(
      server.requests.map(({ line }) => line),
      ['GET /a?b=c'],
    );
  });

  it('refuses every destination that is not named, by scheme, host and port', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    for (const url of [
      `https://127.0.0.1:${server.port}/`,
      `http://localhost:${server.port}/`,
      'http://127.0.0.1:1/',
      'file:///etc/passwd',
      new Request(`http://localhost:${server.port}/`),
    ]) {
      await assert.rejects(context.fetch(url), refusedAs('destination_refused'), String(url));
      await assert.rejects(context.fetchDocument(url), refusedAs('destination_refused'), String(url));
    }
    await assert.rejects(context.fetch('nonsense'), refusedAs('option_invalid'));
    assert.deepEqual(server.requests, []);
  });

  it('does not dial a private address that the operator does not allow, although it is the destination', async () => {
    await using server = await serve((_request, response) => response.end());
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f000001', '0177.0.0.1']) {
      const url = new URL(`http://${host}:${server.port}/`);
      await using context = testContext({ destinations: [url.origin], allow: '' });
      await assert.rejects(context.fetch(url), refusedAs('address_refused'), host);
    }
    assert.deepEqual(server.requests, []);
  });

  it('looks at every address of a name, and refuses the name for a single private one', async () => {
    await using server = await serve((_request, response) => response.end());
    const origin = `http://two.example:${server.port}`;
    await using context = testContext({
      destinations: [origin],
      allow: '',
      egress: { resolve: async () => ['93.184.216.34', '127.0.0.1'] },
    });
    await assert.rejects(context.fetch(origin), refusedAs('address_refused'));
    assert.deepEqual(server.requests, []);
  });

  it('dials the address that it looked at, whatever the name leads to a moment later', async () => {
    await using server = await serve((_request, response) => response.end('vetted'));
    const origin = `http://re.example:${server.port}`;
    let asked = 0;
    const resolve = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    await using context = testContext({ destinations: [origin], allow: `re.example:${server.port}`, egress: { resolve } });
    assert.equal(await (await context.fetch(origin)).text(), 'vetted');
    assert.equal(asked, 1);
  });

  it('refuses the name that turned to a metadata address before the next connection', async () => {
    await using server = await serve((_request, response) => {
      response.setHeader('connection', 'close');
      response.end();
    });
    const origin = `http://re.example:${server.port}`;
    let asked = 0;
    const resolve = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    await using context = testContext({ destinations: [origin], egress: { resolve } });
    await context.fetch(origin);
    await assert.rejects(context.fetch(origin), refusedAs('address_refused'));
  });

  it('refuses an address with a user or password, and says neither', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    const url = `http://user:hunter22@127.0.0.1:${server.port}/`;
    await assert.rejects(context.fetch(url), (error: Error) => refusedAs('option_invalid')(error) && !error.message.includes('hunter22'));
  });
});

describe('redirects', () => {
  const leadingTo = (location: string, status = 302): RequestListener => {
    return (request, response) => {
      if (request.url === '/start') response.writeHead(status, { location }).end('moved');
      else response.end(request.url);
    };
  };

  it('to another origin are handed back, whatever the method, and nothing goes there', async () => {
    await using elsewhere = await serve((_request, response) => response.end());
    await using server = await serve(leadingTo(`${elsewhere.origin}/x`, 307));
    // Even one that the use may send to.
    await using context = testContext({ destinations: [server.origin, elsewhere.origin] });
    for (const init of [{}, { method: 'PUT', headers: { authorization: 'Bearer x' }, body: 'document' }]) {
      const answer = await context.fetch(`${server.origin}/start`, init);
      assert.equal(answer.status, 307);
      assert.equal(answer.headers.get('location'), `${elsewhere.origin}/x`);
    }
    assert.deepEqual(elsewhere.requests, []);
  });

  it('within the origin are followed for GET and HEAD', async () => {
    await using server = await serve(leadingTo('/end'));
    await using context = server.context();
    const answer = await context.fetch(`${server.origin}/start`, { headers: { 'x-kept': 'yes' } });
    assert.deepEqual([answer.status, answer.redirected, answer.url], [200, true, `${server.origin}/end`]);
    assert.equal(await answer.text(), '/end');
    assert.equal(server.requests.at(-1)?.headers['x-kept'], 'yes');
    assert.equal((await context.fetch(`${server.origin}/start`, { method: 'POST', body: 'x' })).status, 302);
  });

  it('are handed back or refused when the caller says so, and end after five', async () => {
    await using server = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end());
    await using context = server.context();
    assert.equal((await context.fetch(server.origin, { redirect: 'manual' })).status, 302);
    await assert.rejects(context.fetch(server.origin, { redirect: 'error' }), refusedAs('upstream_refused', /redirect \(302\)/));
    server.requests.length = 0;
    assert.equal((await context.fetch(server.origin)).status, 302);
    assert.equal(server.requests.length, 6);
  });
});

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

describe('what fetch answers', () => {
  const value = 'correct horse battery staple';

  it('has no value in it that the use opened, in headers and body', async () => {
    await using server = await serve((_request, response) => {
      response.setHeader('x-echo', encodeURIComponent(value));
      response.end(`you sent ${Buffer.from(value).toString('base64')}`);
    });
    await using context = server.context({ values: [value] });
    const answer = await context.fetch(server.origin);
    assert.equal(answer.headers.get('x-echo'), '[redacted]');
    assert.match(await answer.text(), /^you sent \[redacted\]/);
  });

  it('has none wherever it is cut into pieces, in any encoding', async () => {
    const encodings = [
      (value: string) => value,
      (value: string) => encodeURIComponent(encodeURIComponent(value)),
      (value: string) => JSON.stringify(value).slice(1, -1),
      (value: string) => [...value].map((character) => `&#x${character.codePointAt(0)?.toString(16)};`).join(''),
      (value: string) => Buffer.from(`user:${value}`).toString('base64'),
    ];
    let pieces: readonly Buffer[] = [];
    await using server = await serve(async (_request, response) => {
      for (const piece of pieces) {
        response.write(piece);
        await setImmediate();
      }
      response.end();
    });
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 8, maxLength: 30 }).filter((value) => value.length >= 8),
        fc.nat(encodings.length - 1),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 12 }),
        async (value, chosen, sizes) => {
          const written = encodings[chosen]?.(value) ?? '';
          const bytes = Buffer.from(`before ${written} after`);
          pieces = [];
          for (let start = 0, turn = 0; start < bytes.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            pieces = [...pieces, bytes.subarray(start, start + size)];
            start += size;
          }
          await using context = server.context({ values: [value] });
          const text = await (await context.fetch(server.origin)).text();
          assert.ok(text.includes('[redacted]') && !text.includes(written), text);
          await assert.rejects((await context.fetchDocument(server.origin)).text(), refusedAs('document_holds_value'));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has none in a body that comes compressed, although that was not asked for', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(`you sent ${value}`));
    });
    await using context = server.context({ values: [value] });
    const answer = await context.fetch(server.origin);
    assert.equal(answer.headers.get('content-encoding'), null);
    assert.equal(await answer.text(), 'you sent [redacted]');
    await assert.rejects((await context.fetchDocument(server.origin)).text(), refusedAs('document_holds_value'));
  });

  it('has no control character and no endless header', async () => {
    await using server = await serve((_request, response) => {
      response.setHeader('x-ms-error-code', `a\tb${'c'.repeat(5_000)}`);
      response.end();
    });
    await using context = server.context();
    const { headers } = await context.fetch(server.origin);
    assert.equal(headers.get('x-ms-error-code'), `a b${'c'.repeat(1_997)}`);
  });

  it('has a status without a body where HTTP has none, and leaves the connection free', async () => {
    await using server = await serve((request, response) =>
      response.writeHead(request.method === 'HEAD' ? 200 : 204, { 'x-a': 'b' }).end(),
    );
    await using context = server.context();
    for (const method of ['HEAD', 'DELETE', 'HEAD']) {
      const answer = await context.fetch(server.origin, { method });
      assert.equal(answer.body, null);
      assert.equal(answer.headers.get('x-a'), 'b');
    }
  });

  it('need not be read: its connection is free again', async () => {
    await using server = await serve((_request, response) => void response.end(Buffer.alloc(1_000_000)));
    await using context = server.context();
    const statuses: number[] = [];
    for (let count = 0; count < 20; count += 1) statuses.push((await context.fetch(server.origin)).status);
    assert.deepEqual(new Set(statuses), new Set([200]));
  });

  it('has 16 MiB at the most', async () => {
    await using server = await serve((_request, response) => {
      const send = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024))) {}
      };
      response.on('drain', send);
      send();
    });
    await using context = server.context();
    const answer = await context.fetch(server.origin);
    await assert.rejects(answer.text(), refusedAs('upstream_refused', /more than 16 MiB/));
  });

  it('says that the connection was lost, when it is lost in the middle', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write(Buffer.alloc(100_000));
      setTimeout(() => response.destroy(), 50);
    });
    await using context = server.context();
    for (const fetch of [context.fetch, context.fetchDocument]) {
      await assert.rejects(
        async () => (await fetch(server.origin)).arrayBuffer(),
        (error: ConnectorError) =>
          refusedAs('upstream_unreachable', /The connection to 127\.0\.0\.1:\d+ was lost/)(error) && error.retryable,
      );
    }
  });

  it('has no body under a status that has none, also when one comes, and ends above 16 MiB of it', async () => {
    for (const status of [204, 205, 304]) {
      await using server = await serve((_request, response) => void response.writeHead(status).end('a body all the same'));
      await using context = server.context();
      for (const answer of [await context.fetch(server.origin), await context.fetchDocument(server.origin)]) {
        assert.equal(answer.status, status);
        assert.equal(answer.body, null);
      }
      const short = await context.request(server.origin, { method: 'GET', headers: {} });
      assert.deepEqual([short.status, short.body.length], [status, 0]);
    }
    await using server = await serve((_request, response) => {
      response.writeHead(205);
      const send = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024))) {}
      };
      response.on('drain', send);
      // Without a limit it ends here all the same.
      setTimeout(() => response.destroy(), 20_000).unref();
      send();
    });
    await using context = server.context();
    await assert.rejects(context.fetchDocument(server.origin), refusedAs('upstream_refused', /more than 16 MiB/));
  });
});

describe('a document that is fetched', () => {
  const value = 'correct horse battery staple';

  it('has the very bytes of the service, of any size, and is read no faster than it is asked for', async () => {
    const bytes = randomBytes(1024 * 1024);
    let written = 0;
    await using server = await serve(async (_request, response) => {
      for (let count = 0; count < 40; count += 1) {
        written += bytes.length;
        if (!response.write(bytes)) await once(response, 'drain');
      }
      response.end();
    });
    await using context = server.context({ values: [value] });
    const answer = await context.fetchDocument(server.origin);
    const reader = (answer.body ?? assert.fail()).getReader();
    let received = (await reader.read()).value?.length ?? 0;
    await new Promise((done) => setTimeout(done, 300));
    assert.ok(written < 25 * bytes.length, `${written} bytes were written ahead.`);
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const at = received % bytes.length;
      assert.ok(next.value[0] === bytes[at]);
      received += next.value.length;
    }
    assert.equal(received, 40 * bytes.length);
  });

  it('ends with an error that concerns this document alone when it holds the value, also across pieces', async () => {
    for (const at of [0, 65_530, 65_536, 131_060, 199_972]) {
      const bytes = Buffer.alloc(200_000, 'x');
      bytes.write(value, at);
      await using server = await serve(async (_request, response) => {
        for await (const piece of piecesOf(bytes, 13_001)) response.write(piece);
        response.end();
      });
      await using context = server.context({ values: [value] });
      let seen = Buffer.alloc(0);
      const read = async () => {
        for await (const piece of (await context.fetchDocument(server.origin)).body ?? assert.fail()) seen = Buffer.concat([seen, piece]);
      };
      await assert.rejects(read(), (error: ConnectorError) => refusedAs('document_holds_value')(error) && error.documentOnly);
      assert.ok(!seen.includes(value), `at ${at}`);
    }
  });

  it('is looked through when it is no success, and redacted then', async () => {
    await using server = await serve((_request, response) => response.writeHead(404).end(`no ${value}`));
    await using context = server.context({ values: [value] });
    assert.equal(await (await context.fetchDocument(server.origin)).text(), 'no [redacted]');
  });

  it('may be left in the middle', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    await using server = await serve((request, response) => {
      closed = new Promise((close) => request.socket.once('error', () => {}).once('close', close));
      const send = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024))) {}
      };
      response.on('drain', send);
      send();
    });
    await using context = server.context();
    for await (const piece of (await context.fetchDocument(server.origin)).body ?? assert.fail()) {
      assert.ok(piece.length > 0);
      break;
    }
    await closed;
  });
});

describe('the network', () => {
  it('that nothing answers is said, and that trying again may help', async () => {
    const origin = 'http://127.0.0.1:9';
    await using context = testContext({ destinations: [origin] });
    await assert.rejects(context.fetch(`${origin}/?sig=abcdefgh`), (error: ConnectorError) => {
      assert.equal(error.message, 'Nothing answers at 127.0.0.1:9 (ECONNREFUSED).');
      assert.equal(error.retryable, true);
      assert.ok(!error.message.includes('abcdefgh'));
      return true;
    });
  });

  it('is not tried again for a host that does not exist', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.example'), { code: 'ENOTFOUND' });
    };
    await using context = testContext({ destinations: ['https://nowhere.example:443'], allow: '', egress: { resolve } });
    await assert.rejects(context.fetch('https://nowhere.example/'), (error: ConnectorError) => {
      assert.equal(error.retryable, false);
      assert.match(error.message, /nowhere\.example does not exist/);
      return true;
    });
  });

  it('is left when the work is to stop, or the caller stops waiting, with their reasons', async () => {
    await using server = await serve(() => {});
    const work = new AbortController();
    await using context = server.context({ signal: work.signal });
    const own = new AbortController();
    const [ownReason, workReason] = [new Error('own'), new Error('work')];
    setTimeout(() => own.abort(ownReason), 50);
    await assert.rejects(context.fetch(server.origin, { signal: own.signal }), (error) => error === ownReason);
    setTimeout(() => work.abort(workReason), 50);
    await assert.rejects(context.fetch(server.origin), (error) => error === workReason);
  });

  it('waits as long for an answer to begin as the caller says', async () => {
    await using server = await serve((_request, response) => setTimeout(() => response.end('late'), 3_000));
    await using context = server.context();
    await assert.rejects(context.fetch(server.origin, { answerMilliseconds: 500 }), refusedAs('upstream_unreachable', /fell silent/));
    assert.equal(await (await context.fetch(server.origin, { answerMilliseconds: 90_000 })).text(), 'late');
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

describe('a use that is over', () => {
  it('refuses a request, whose deadline then ends nothing', async () => {
    const limits = { requestMilliseconds: 50, bytesPerSecond: 0 };
    await using server = await serve(() => {});
    const over = server.context({ egress: { limits } });
    const { fetch } = over;
    const unmet: unknown[] = [];
    const note = (error: unknown) => void unmet.push(error);
    await over[Symbol.asyncDispose]();
    process.on('unhandledRejection', note);
    try {
      await assert.rejects(fetch(server.origin, { method: 'POST', body: piecesOf(Buffer.from('abc'), 1) }));
      // One that begins later takes its time in full: by then the deadline of the first has passed.
      await using context = server.context({ egress: { limits } });
      await assert.rejects(context.fetch(server.origin), refusedAs('upstream_unreachable', /took more than/));
      await setImmediate();
    } finally {
      process.off('unhandledRejection', note);
    }
    assert.deepEqual(unmet, []);
  });
});
