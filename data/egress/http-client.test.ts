import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ConnectorError } from '@holdfast/connector';
import fc from 'fast-check';
import { parseAllowList } from '../testing/allow-list.ts';
import { createEgress } from './http-client.ts';
import { createRedactor } from './redaction.ts';

async function serve(listener: RequestListener): Promise<{ port: number; requests: string[] } & AsyncDisposable> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function refusedAs(code: string) {
  return (error: unknown) => error instanceof ConnectorError && error.code === code;
}

describe('the way out', () => {
  it('sends to a destination that the operator and the value allow', async () => {
    await using server = await serve((_request, response) => response.end('fine'));
    const origin = `http://127.0.0.1:${server.port}`;
    await using http = createEgress(parseAllowList(`127.0.0.1:${server.port}`)).open([origin], createRedactor());
    const answer = await http.request({ method: 'GET', url: `${origin}/a?b=c` });
    assert.equal(answer.status, 200);
    assert.equal(Buffer.from(answer.body).toString(), 'fine');
    assert.deepEqual(server.requests, ['GET /a?b=c']);
  });

  it('sends a body that is not held in memory, with its length', async () => {
    const received: { length: string | undefined; bytes: number }[] = [];
    await using server = await serve(async (request, response) => {
      let bytes = 0;
      for await (const piece of request) bytes += (piece as Buffer).length;
      received.push({ length: request.headers['content-length'], bytes });
      response.end();
    });
    const origin = `http://127.0.0.1:${server.port}`;
    await using http = createEgress(parseAllowList(`127.0.0.1:${server.port}`)).open([origin], createRedactor());
    const piece = Buffer.alloc(70_000);
    async function* read() {
      for (let count = 0; count < 10; count += 1) yield piece;
    }
    await http.request({ method: 'PUT', url: `${origin}/`, body: { size: 700_000, read } });
    assert.deepEqual(received, [{ length: '700000', bytes: 700_000 }]);
    // Fewer bytes than were said are no document.
    await assert.rejects(http.request({ method: 'PUT', url: `${origin}/`, body: { size: 700_001, read } }));
  });

  it('refuses every destination that is not named, by scheme, host and port', async () => {
    await using server = await serve((_request, response) => response.end());
    const allow = parseAllowList(`127.0.0.1:${server.port},localhost:${server.port}`);
    await using http = createEgress(allow).open([`http://127.0.0.1:${server.port}`], createRedactor());
    for (const url of [
      `https://127.0.0.1:${server.port}/`,
      `http://localhost:${server.port}/`,
      'http://127.0.0.1:1/',
      'file:///etc/passwd',
      'nonsense',
    ]) {
      await assert.rejects(http.request({ method: 'GET', url }), refusedAs('destination_refused'), url);
    }
    assert.deepEqual(server.requests, []);
  });

  it('does not dial a private address that the operator does not allow, although it is the destination', async () => {
    await using server = await serve((_request, response) => response.end());
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f000001', '0177.0.0.1']) {
      const url = new URL(`http://${host}:${server.port}/`);
      await using http = createEgress(parseAllowList('')).open([url.origin], createRedactor());
      await assert.rejects(http.request({ method: 'GET', url: url.href }), refusedAs('address_refused'), host);
    }
    assert.deepEqual(server.requests, []);
  });

  it('looks at every address of a name, and refuses the name for a single private one', async () => {
    await using server = await serve((_request, response) => response.end());
    const resolve = async () => ['93.184.216.34', '127.0.0.1'];
    await using http = createEgress(parseAllowList(''), { resolve }).open([`http://two.example:${server.port}`], createRedactor());
    await assert.rejects(http.request({ method: 'GET', url: `http://two.example:${server.port}/` }), refusedAs('address_refused'));
    assert.deepEqual(server.requests, []);
  });

  it('dials the address that it looked at, whatever the name leads to a moment later', async () => {
    await using server = await serve((_request, response) => response.end('vetted'));
    let asked = 0;
    const resolve = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    await using http = createEgress(parseAllowList(`re.example:${server.port}`), { resolve }).open(
      [`http://re.example:${server.port}`],
      createRedactor(),
    );
    const answer = await http.request({ method: 'GET', url: `http://re.example:${server.port}/` });
    assert.equal(Buffer.from(answer.body).toString(), 'vetted');
    assert.equal(asked, 1);
  });

  it('refuses the name that turned to a metadata address before the next connection', async () => {
    await using server = await serve((_request, response) => {
      response.setHeader('connection', 'close');
      response.end();
    });
    let asked = 0;
    const resolve = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    const allow = parseAllowList('127.0.0.0/8');
    await using http = createEgress(allow, { resolve }).open([`http://re.example:${server.port}`], createRedactor());
    await http.request({ method: 'GET', url: `http://re.example:${server.port}/` });
    await assert.rejects(http.request({ method: 'GET', url: `http://re.example:${server.port}/` }), refusedAs('address_refused'));
  });

  it('follows no redirect, to the same origin or another', async () => {
    await using elsewhere = await serve((_request, response) => response.end());
    await using server = await serve((_request, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${elsewhere.port}/x` }).end(),
    );
    const origin = `http://127.0.0.1:${server.port}`;
    await using http = createEgress(parseAllowList('127.0.0.0/8')).open([origin], createRedactor());
    const answer = await http.request({ method: 'PUT', url: origin, headers: { authorization: 'Bearer x' }, body: 'document' });
    assert.equal(answer.status, 307);
    assert.deepEqual(elsewhere.requests, []);
  });

  it('takes the value out of what comes back, in headers and body', async () => {
    const value = 'correct horse battery staple';
    await using server = await serve((_request, response) => {
      response.setHeader('x-echo', encodeURIComponent(value));
      response.end(`you sent ${Buffer.from(value).toString('base64')}`);
    });
    const origin = `http://127.0.0.1:${server.port}`;
    const redactor = createRedactor();
    redactor.protect(value);
    await using http = createEgress(parseAllowList('127.0.0.0/8')).open([origin], redactor);
    const answer = await http.request({ method: 'GET', url: origin });
    assert.equal(answer.headers['x-echo'], '[redacted]');
    assert.match(Buffer.from(answer.body).toString(), /^you sent \[redacted\]/);
  });

  it('takes it out wherever the answer is cut into pieces, in any encoding', async () => {
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
    const origin = `http://127.0.0.1:${server.port}`;
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
          const redactor = createRedactor();
          redactor.protect(value);
          await using http = createEgress(parseAllowList('127.0.0.0/8')).open([origin], redactor);
          const { body } = await http.request({ method: 'GET', url: origin });
          const text = Buffer.from(body).toString();
          assert.ok(text.includes('[redacted]') && !text.includes(written), text);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('hands on no control character and no endless header', async () => {
    await using server = await serve((_request, response) => {
      response.setHeader('x-ms-error-code', `a\tb${'c'.repeat(5_000)}`);
      response.end();
    });
    const origin = `http://127.0.0.1:${server.port}`;
    await using http = createEgress(parseAllowList('127.0.0.0/8')).open([origin], createRedactor());
    const { headers } = await http.request({ method: 'GET', url: origin });
    assert.equal(headers['x-ms-error-code'], `a b${'c'.repeat(1_997)}`);
  });

  it('says that nothing answers, and that trying again may help', async () => {
    const origin = 'http://127.0.0.1:9';
    await using http = createEgress(parseAllowList('127.0.0.0/8')).open([origin], createRedactor());
    await assert.rejects(http.request({ method: 'GET', url: `${origin}/?sig=abcdefgh` }), (error: ConnectorError) => {
      assert.equal(error.message, 'Nothing answers at 127.0.0.1:9 (ECONNREFUSED).');
      assert.equal(error.retryable, true);
      assert.ok(!error.message.includes('abcdefgh'));
      return true;
    });
  });

  it('does not try again for a host that does not exist', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.example'), { code: 'ENOTFOUND' });
    };
    await using http = createEgress(parseAllowList(''), { resolve }).open(['https://nowhere.example:443'], createRedactor());
    await assert.rejects(http.request({ method: 'GET', url: 'https://nowhere.example/' }), (error: ConnectorError) => {
      assert.equal(error.retryable, false);
      assert.match(error.message, /nowhere\.example does not exist/);
      return true;
    });
  });

  it('reads no more than 4 MiB of an answer', async () => {
    await using server = await serve((_request, response) => response.end(Buffer.alloc(5 * 1024 * 1024)));
    const origin = `http://127.0.0.1:${server.port}`;
    await using http = createEgress(parseAllowList('127.0.0.0/8')).open([origin], createRedactor());
    await assert.rejects(http.request({ method: 'GET', url: origin }), /more than 4 MiB/);
  });
});
