import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  type ConnectorContext,
  ConnectorError,
  type ConnectTarget,
  explainNetworkError,
  type SocketDeadline,
  type TlsOptions,
} from '@holdfast/connector';
import { destinationOf, hostAndPort } from '@holdfast/envelope';
import type { AllowList } from './allow-list.ts';
import { interruptedDeadline, tookTooLong } from './deadline.ts';
import { dialSocket } from './dial-socket.ts';
import type { Resolve } from './dialer.ts';
import type { EgressLimits } from './limits.ts';
import type { TestNetwork } from './test-network.ts';
import { watchTransferRate } from './transfer-rate.ts';
import { unlessAborted } from './unless-aborted.ts';

/** After the connection is there. */
const TLS_MILLISECONDS = 30_000;
/** These go through fetch. */
const HTTP = new Set(['http', 'https']);
/** Nothing in clear goes there. */
const ALWAYS_TLS = new Set(['smtps', 'imaps', 'pop3s', 'ftps', 'ldaps', 'rediss', 'amqps', 'mqtts', 'nntps']);

export interface SocketUse {
  readonly destinations: readonly string[];
  /** Counts and throws ConnectorError `destination_refused`. */
  readonly refuse: (destination: string) => never;
  readonly limits: EgressLimits;
  /** Ends every connection. Made when there is one: most uses have none. */
  readonly signal: () => AbortSignal;
  readonly allow: AllowList;
  readonly resolve: Resolve;
  readonly network: TestNetwork;
  readonly slowSeconds: number;
  readonly onConnect: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Where a socket leads to, for messages and for its certificate. */
interface Where {
  readonly host: string;
  readonly hostname: string;
  /** See {@link prepare}. */
  readonly release: () => void;
}

/**
 * The sockets of one use; see `connect`, `startTls` and `deadlineOn` of ConnectorContext.
 *
 * @throws nothing by itself. `connect` rejects with ConnectorError `destination_refused` (also in clear,
 *   where every scheme of the destination stands for TLS), `address_refused` and `upstream_unreachable`;
 *   `startTls` with `upstream_refused` when the server sent something before TLS, and `upstream_unreachable`
 *   when TLS fails or takes more than 30 seconds. Both reject with the reason of the signal. TypeError from
 *   `startTls` for a socket that is not one of `connect` in clear, and from `deadlineOn` for one that is of
 *   neither.
 */
export function createSockets(use: SocketUse): Pick<ConnectorContext, 'connect' | 'startTls' | 'deadlineOn'> {
  /** In clear. */
  const known = new WeakMap<Socket, Where>();
  /** All of them, for messages. */
  const named = new WeakMap<Socket, string>();
  const watch = (socket: Socket, { host }: Where) => watchTransferRate(socket, host, use.limits.bytesPerSecond, use.slowSeconds, 'sent');

  async function connect(target: ConnectTarget & { readonly tls: TlsOptions }): Promise<TLSSocket>;
  async function connect(target: ConnectTarget): Promise<Socket>;
  async function connect({ host: hostname, port, tls }: ConnectTarget): Promise<Socket> {
    const place = { host: hostAndPort({ host: hostname, port }), hostname };
    requireDestination(use, place.host, tls !== undefined);
    const signal = use.signal();
    const socket = await dial(use, place, port, signal);
    use.onConnect();
    const where = { ...place, release: prepare(socket, signal) };
    known.set(socket, where);
    named.set(socket, where.host);
    if (tls !== undefined) return startTls(socket, tls);
    watch(socket, where);
    return socket;
  }

  async function startTls(socket: Socket, tls: TlsOptions = {}): Promise<TLSSocket> {
    const where = known.get(socket);
    if (where === undefined) throw new TypeError('startTls is for a socket of connect, once.');
    const signal = use.signal();
    known.delete(socket);
    if (socket.readableLength > 0) {
      socket.destroy();
      throw new ConnectorError('upstream_refused', `${where.host} sent more before TLS began than it should.`, {
        remedy: 'Look at what lies between this server and the service: somebody may have put it there.',
      });
    }
    try {
      where.release();
      const secured = await handshake(socket, where.hostname, tls, { signal, network: use.network });
      prepare(secured, signal);
      watch(secured, where);
      named.set(secured, where.host);
      return secured;
    } catch (error) {
      socket.destroy();
      use.onFailure(error);
      if (signal.aborted) throw signal.reason;
      throw explainNetworkError(error, where);
    }
  }

  function deadlineOn(socket: Socket): SocketDeadline {
    const host = named.get(socket);
    if (host === undefined) throw new TypeError('deadlineOn is for a socket of connect or startTls.');
    const moved = () => socket.bytesRead + socket.bytesWritten - socket.writableLength;
    return interruptedDeadline(use.limits.requestMilliseconds, moved, () =>
      socket.destroy(tookTooLong(`What was asked of ${host}`, use.limits)),
    );
  }

  return { connect, startTls, deadlineOn };
}

/**
 * The same host and port, with any scheme but those of HTTP, which says nothing about what a socket speaks.
 */
function requireDestination({ destinations, refuse }: SocketUse, host: string, overTls: boolean): void {
  const normal = destinationOf(`tcp://${host}`)?.slice('tcp'.length);
  const schemes = destinations.flatMap((destination) => {
    const end = destination.indexOf('://');
    return destination.slice(end) === normal && !HTTP.has(destination.slice(0, end)) ? [destination.slice(0, end)] : [];
  });
  if (schemes.length === 0) refuse(host);
  if (!overTls && schemes.every((scheme) => ALWAYS_TLS.has(scheme))) refuse(`${host} without TLS`);
}

async function dial(use: SocketUse, where: Omit<Where, 'release'>, port: number, stop: AbortSignal): Promise<Socket> {
  try {
    return await dialSocket(where.hostname, port, use.allow, use.resolve, { signal: stop, network: use.network });
  } catch (error) {
    if (stop.aborted) throw stop.reason;
    use.onFailure(error);
    throw explainNetworkError(error, where);
  }
}

function handshake(
  socket: Socket,
  hostname: string,
  { servername = hostname, alpn, ca: own }: TlsOptions,
  { signal: stop, network }: { signal: AbortSignal; network: TestNetwork },
): Promise<TLSSocket> {
  const ca = own ?? network.ca;
  const timeout = AbortSignal.timeout(TLS_MILLISECONDS);
  const signal = AbortSignal.any([stop, timeout]);
  const secured = connectTls({
    socket,
    // The certificate is checked against it when there is no name to send.
    host: servername,
    ...(isIP(servername) === 0 && { servername }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    ...(ca !== undefined && { ca }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const late = () => Object.assign(new Error('TLS took too long.'), { code: 'ETIMEDOUT' });
  const lost = () => Object.assign(new Error('The connection ended before TLS began.'), { code: 'ECONNRESET' });
  secured.once('error', reject);
  secured.once('close', () => reject(lost()));
  secured.once('secureConnect', () => resolve(secured));
  return unlessAborted(promise, signal).catch((error: unknown) => {
    secured.on('error', () => {});
    secured.destroy();
    throw timeout.aborted && !stop.aborted ? late() : error;
  });
}

/**
 * A client that is given the socket may call `connect` on it, as on one of its own: it dials nothing and says
 * that it is connected. An error that comes while no client listens ends the socket, not the process.
 *
 * @returns leaves the end of the socket to the one that is put around it.
 */
function prepare(socket: Socket, signal: AbortSignal): () => void {
  socket.connect = function connected() {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  socket.on('error', () => {});
  const reason = () => (signal.reason instanceof Error ? signal.reason : new Error('The work was stopped.'));
  // Never out of a callback of OpenSSL: a socket that is destroyed there under the TLS that a client put
  // around it takes the process with it (Node 24.21).
  const abort = () => setImmediate(() => socket.destroy(reason()));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const release = () => signal.removeEventListener('abort', abort);
  socket.once('close', release);
  return release;
}
