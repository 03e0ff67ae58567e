import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { ConnectorError } from '@holdfast/connector';
import { type WatchedDials, watchDials } from '../../tests/harness/dials.ts';
import { parseAllowList } from '../testing/allow-list.ts';
import { dialSocket } from './dial-socket.ts';
import { createDialer, type DialerOptions, type Resolve } from './dialer.ts';

const ALLOW = parseAllowList('127.0.0.0/8');

/** Takes connections on every address of this machine, and says nothing. */
async function silentServer(): Promise<{ port: number; next(): Promise<Socket> } & AsyncDisposable> {
  const taken: Socket[] = [];
  const server = createServer((socket) => void taken.push(socket.on('error', () => {})));
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async next() {
      const [socket] = await once(server, 'connection');
      return socket as Socket;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of taken) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What comes of a connection over TLS to `host.example`. */
function dialled(port: number, resolve: Resolve, options: DialerOptions): Promise<unknown> {
  const { promise, resolve: ended } = Promise.withResolvers<unknown>();
  const address = { hostname: 'host.example', host: `host.example:${port}`, protocol: 'https:', port: String(port) };
  createDialer(ALLOW, resolve, options)(address, (error, socket) => ended(error ?? socket));
  return promise;
}

/** Connects some more times, after which whatever was to be dialled has been. */
async function knock(port: number): Promise<void> {
  for (let times = 0; times < 5; times += 1) {
    const socket = dial(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  }
}

describe('dialling that nobody waits for any more', () => {
  const addresses: Resolve = async () => ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  /** To other addresses than that of the knocks. */
  const others = ({ dials }: WatchedDials) => dials.map(({ what }) => what).filter((what) => !what.includes('127.0.0.1'));

  it('leaves the address that it is at, and begins no other', async () => {
    await using server = await silentServer();
    const closing = new AbortController();
    const first = server.next();
    using watched = watchDials();
    const ended = dialled(server.port, addresses, { closing: closing.signal });
    const taken = await first;
    const left = once(taken, 'close');
    taken.resume();
    closing.abort();
    assert.ok((await ended) instanceof ConnectorError);
    await left;
    await knock(server.port);
    assert.deepEqual(others(watched), []);
  });

  it('goes on to no other address when the one that it is at fails then', async () => {
    await using server = await silentServer();
    const closing = new AbortController();
    const first = server.next();
    using watched = watchDials();
    const ended = dialled(server.port, addresses, { closing: closing.signal });
    const taken = await first;
    closing.abort();
    await ended;
    taken.destroy();
    await knock(server.port);
    assert.deepEqual(others(watched), []);
  });

  it('begins with none when the name is answered for later', async () => {
    await using server = await silentServer();
    const closing = new AbortController();
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    using watched = watchDials();
    const ended = dialled(server.port, () => promise, { closing: closing.signal });
    closing.abort();
    await ended;
    resolve(['127.0.0.2']);
    await knock(server.port);
    assert.deepEqual(others(watched), []);
  });
});

describe('a name that nobody answers for', () => {
  const never: Resolve = () => new Promise(() => {});
  const notReached = /^host\.example:443 could not be reached in time\.$/;

  it('ends with the time for connecting, as a failed connection, over HTTP', async () => {
    const failures: Error[] = [];
    const error = await dialled(443, never, { milliseconds: 50, onFailure: (failure) => void failures.push(failure) });
    assert.ok(error instanceof ConnectorError && error.code === 'upstream_unreachable' && error.retryable);
    assert.match(error.message, notReached);
    assert.deepEqual(failures, [error]);
  });

  it('does the same for a socket, also when nobody else gives up', async () => {
    await assert.rejects(
      dialSocket('host.example', 443, ALLOW, never, { milliseconds: 50 }),
      (error: ConnectorError) => error.code === 'upstream_unreachable' && error.retryable && notReached.test(error.message),
    );
  });
});
