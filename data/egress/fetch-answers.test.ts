import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ConnectorError } from '@holdfast/connector';
import fc from 'fast-check';
import { piecesOf, refusedAs, serve } from '../testing/served.ts';

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

  it('has none in a header that holds it in UTF-8 or in Latin-1, composed or not, or with a tab for a space', async () => {
    const value = 'Größenwahn für alle';
    const written = [
      Buffer.from(value, 'utf8'),
      Buffer.from(value.normalize('NFD'), 'utf8'),
      Buffer.from(value, 'latin1'),
      Buffer.from(value.replaceAll(' ', '\t'), 'latin1'),
    ];
    await using server = await serve((_request, response) => {
      for (const [index, bytes] of written.entries()) response.setHeader(`x-echo-${index}`, `"${bytes.toString('latin1')}"`);
      response.setHeader('x-other', 'für alle');
      response.end();
    });
    for (const known of [value, value.normalize('NFD')]) {
      await using context = server.context({ values: [known] });
      const { headers } = await context.fetch(server.origin);
      for (const index of written.keys()) assert.equal(headers.get(`x-echo-${index}`), '"[redacted]"', `${index} of ${known}`);
      assert.equal(headers.get('x-other'), 'für alle');
    }
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

  it('has 16 MiB at the most once it is decoded, however small it comes', async () => {
    const small = gzipSync(Buffer.alloc(17 * 1024 * 1024));
    assert.ok(small.length < 100_000);
    await using server = await serve((_request, response) => response.setHeader('content-encoding', 'gzip').end(small));
    await using context = server.context();
    await assert.rejects(context.fetch(server.origin), refusedAs('upstream_refused', /more than 16 MiB/));
    await assert.rejects(context.request(server.origin, { method: 'GET', headers: {} }), refusedAs('upstream_refused', /more than 16 MiB/));
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
