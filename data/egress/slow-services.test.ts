import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectorError } from '@holdfast/connector';
import { parseAllowList } from '../testing/allow-list.ts';
import { createEgress, type EgressOptions } from './egress.ts';
import { createRedactor } from './redaction.ts';

const ALLOW = parseAllowList('127.0.0.0/8');
/** Three seconds in place of thirty, a deadline of ten minutes as in production. */
const SHORT: EgressOptions = { slowSeconds: 3 };

/** A service that does with a connection what it likes. */
async function serve(handle: (socket: Socket) => void): Promise<{ origin: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function drip(socket: Socket, text: string, everyMilliseconds: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || sent >= text.length) clearInterval(timer);
    else socket.write(text.charAt(sent++));
  }, everyMilliseconds);
  socket.on('close', () => clearInterval(timer));
}

/** How a request to such a service ends, and after how many milliseconds. */
async function ending(
  handle: (socket: Socket) => void,
  { options = SHORT, body, signal }: { options?: EgressOptions; body?: Uint8Array; signal?: AbortSignal } = {},
): Promise<{ error: unknown; milliseconds: number; answer?: string }> {
  await using service = await serve(handle);
  await using use = createEgress(ALLOW, options).open([service.origin], createRedactor());
  const { fetch } = use.under(signal ?? new AbortController().signal);
  const started = performance.now();
  try {
    const response = await fetch(service.origin, body === undefined ? {} : { method: 'PUT', body: body as Uint8Array<ArrayBuffer> });
    return { error: undefined, milliseconds: performance.now() - started, answer: await response.text() };
  } catch (error) {
    return { error, milliseconds: performance.now() - started };
  }
}

function assertTooSlow({ error, milliseconds }: { error: unknown; milliseconds: number }): void {
  assert.ok(error instanceof ConnectorError, String(error));
  assert.equal(error.retryable, true);
  assert.match(error.message, /127\.0\.0\.1:\d+ transferred less than 1024 bytes a second for 3 seconds/);
  assert.ok(milliseconds < 20_000, `${milliseconds} ms`);
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n';

describe('a service that keeps a request', { concurrency: true }, () => {
  it('by giving its answer a byte at a time is left', async () => {
    assertTooSlow(await ending((socket) => void socket.once('data', () => drip(socket, HEAD + 'x'.repeat(100_000), 50))));
  });

  it('by giving the body of its answer a byte at a time is left', async () => {
    assertTooSlow(
      await ending((socket) => {
        socket.once('data', () => {
          socket.write(HEAD);
          drip(socket, 'x'.repeat(100_000), 50);
        });
      }),
    );
  });

  it('by giving the head of its answer a byte at a time is left', async () => {
    assertTooSlow(await ending((socket) => void socket.once('data', () => drip(socket, `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(9_000)}`, 50))));
  });

  it('by taking an upload a few bytes at a time is left', async () => {
    assertTooSlow(
      await ending(
        (socket) => {
          socket.pause();
          const timer = setInterval(() => socket.read(10), 200);
          socket.on('close', () => clearInterval(timer));
        },
        { body: new Uint8Array(64 * 1024 * 1024) },
      ),
    );
  });

  it('by taking nothing of an upload is left', async () => {
    assertTooSlow(await ending((socket) => void socket.pause(), { body: new Uint8Array(64 * 1024 * 1024) }));
  });

  it('above the least rate, but without an end, is left when the request has taken its time', async () => {
    const { error, milliseconds } = await ending(
      (socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
          const timer = setInterval(() => socket.write(`400\r\n${'x'.repeat(1024)}\r\n`), 100);
          socket.on('close', () => clearInterval(timer));
        });
      },
      { options: { ...SHORT, limits: { requestMilliseconds: 5_000, bytesPerSecond: 1_024 } } },
    );
    assert.ok(error instanceof ConnectorError);
    assert.match(error.message, /took more than 5 seconds/);
    assert.equal(error.retryable, true);
    assert.ok(milliseconds < 15_000);
  });
});

/** One after the other, and beside none of the large uploads above: they say how soon. */
describe('a request', { concurrency: false }, () => {
  it('that nobody lets connect is left when it has taken its time', async () => {
    await using stuck = await serve(() => {});
    const options = { limits: { requestMilliseconds: 1_000, bytesPerSecond: 1_024 }, resolve: () => new Promise<never>(() => {}) };
    const origin = stuck.origin.replace('127.0.0.1', 'never.example');
    await using use = createEgress(ALLOW, options).open([origin], createRedactor());
    const started = performance.now();
    const { fetch } = use.under(new AbortController().signal);
    await assert.rejects(fetch(origin), /never\.example:\d+ took more than 1 seconds/);
    await use[Symbol.asyncDispose]();
    assert.ok(performance.now() - started < 3_000);
  });

  it('ends at once when the work is to stop, in every phase', async () => {
    const phases: ((socket: Socket) => void)[] = [
      () => {},
      (socket) => void socket.pause(),
      (socket) => void socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nx: y')),
      (socket) => void socket.once('data', () => socket.write(`${HEAD}x`)),
    ];
    for (const handle of phases) {
      const controller = new AbortController();
      const reason = new Error('cancelled');
      void sleep(300).then(() => controller.abort(reason));
      const { error, milliseconds } = await ending(handle, { signal: controller.signal, body: new Uint8Array(8 * 1024 * 1024) });
      assert.equal(error, reason);
      assert.ok(milliseconds < 1_300, `${milliseconds} ms`);
    }
  });
});

describe('a service that is slow for a reason', { concurrency: true }, () => {
  it('such as thinking before it answers, or a rate just above the least, is waited for', async () => {
    const thinking = ending((socket) => void socket.once('data', () => setTimeout(() => socket.end('HTTP/1.1 200 OK\r\n\r\ndone'), 6_000)));
    const steady = ending((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 12000\r\n\r\n');
        // 2,000 bytes a second, also of those in which this process did not get to it.
        const began = performance.now();
        let sent = 0;
        const timer = setInterval(() => {
          const due = Math.min(12_000, 2 * Math.floor(performance.now() - began));
          socket.write('x'.repeat(due - sent));
          sent = due;
          if (sent === 12_000) clearInterval(timer);
        }, 1_000);
      });
    });
    assert.equal((await thinking).answer, 'done');
    assert.equal((await steady).answer?.length, 12_000);
  });

  it('such as taking an upload at a steady rate is waited for, and gets every byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 600_000 }, (_, place) => place % 251));
    let received: Buffer[] = [];
    const { answer, error } = await ending(
      (socket) => {
        received = [];
        socket.pause();
        const timer = setInterval(() => {
          const piece = socket.read() as Buffer | null;
          if (piece !== null) received.push(piece);
          if (Buffer.concat(received).includes(bytes)) socket.end('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n');
        }, 500);
        socket.on('close', () => clearInterval(timer));
      },
      { body: bytes },
    );
    assert.equal(error, undefined);
    assert.equal(answer, '');
    const head = Buffer.concat(received).toString('latin1');
    assert.match(head, /content-length: 600000\r\n/);
    assert.doesNotMatch(head, /transfer-encoding/);
  });
});
