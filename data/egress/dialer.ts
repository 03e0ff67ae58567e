import { lookup } from 'node:dns/promises';
import { ConnectorError } from '@holdfast/connector';
import { hostAndPort, withoutBrackets } from '@holdfast/envelope';
import { buildConnector } from 'undici';
import { addressRefusal, dialledAddress } from './addresses.ts';
import type { AllowList } from './allow-list.ts';
import type { TestNetwork } from './test-network.ts';

/** Every address of a host name, in the order to try them. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** For one address of a host. */
const ADDRESS_MILLISECONDS = 10_000;
/** For the look-up of a name, which may never be answered, and all of its addresses. */
export const CONNECT_MILLISECONDS = 30_000;
const WRITE_BUFFER_BYTES = 16_384;

/** As the machine is set up to resolve names, its hosts file included. */
export const resolveWithSystem: Resolve = async (host) => (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

export interface DialerOptions {
  /** Gets each connection before it is used, and the host and port that it is for. */
  readonly onConnect?: (socket: Socket, where: string) => void;
  /** Gets what no connection came of. */
  readonly onFailure?: (error: Error) => void;
  /** Aborted when nobody needs a connection any more: one that is being made is given up at once. */
  readonly closing?: AbortSignal;
  /** Replaced in tests. */
  readonly network?: TestNetwork;
  /** Replaced in tests: see {@link CONNECT_MILLISECONDS}. */
  readonly milliseconds?: number;
}

/**
 * Connects for undici. The name is resolved here, once for each connection; every address is looked at, and
 * what is dialled is an address that was looked at, never the name again. A name that leads to a single
 * refused address is refused as a whole, since a public name with a private address is how this guard is
 * usually tried. Each address has 10 seconds, the look-up and all addresses have 30.
 *
 * Its callback gets ConnectorError `address_refused`; `upstream_unreachable` when the time is over or the
 * name has no address; else what the network says.
 */
export function createDialer(
  allow: AllowList,
  resolve: Resolve,
  { onConnect, onFailure, closing, network = {}, milliseconds = CONNECT_MILLISECONDS }: DialerOptions = {},
): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    timeout: ADDRESS_MILLISECONDS,
    maxCachedSessions: 0,
    ...(network.ca !== undefined && { ca: network.ca }),
    // Handed on to net.connect and tls.connect: no more than this waits in memory to be taken by the other
    // side.
    ...{ highWaterMark: WRITE_BUFFER_BYTES },
  });
  return (options, callback) => {
    const where = options.host ?? options.hostname;
    const timeout = AbortSignal.timeout(milliseconds);
    const over = closing === undefined ? timeout : AbortSignal.any([closing, timeout]);
    let waiting = true;
    const giveUp = () => {
      waiting = false;
      const error = notReached(where);
      if (!closing?.aborted) onFailure?.(error);
      callback(error, null);
    };
    over.addEventListener('abort', giveUp, { once: true });
    const settled = () => {
      over.removeEventListener('abort', giveUp);
      return waiting;
    };
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    vetAddresses(withoutBrackets(options.hostname), port, allow, resolve)
      .then((addresses) => dialFirst(addresses, { ...options, port: String(network.portOf?.(port) ?? port) }, connect, over))
      .then(
        (socket) => {
          if (!settled()) return void socket.destroy();
          onConnect?.(socket, where);
          callback(null, socket);
        },
        (error: Error) => {
          if (!settled()) return;
          onFailure?.(error);
          callback(error, null);
        },
      );
  };
}

/** The look-up and the dialling have taken their time. @param where host and port. */
export function notReached(where: string): ConnectorError {
  return new ConnectorError('upstream_unreachable', `${where} could not be reached in time.`, { retryable: true });
}

/**
 * The addresses of a host, normalised, each of which was looked at.
 *
 * @param host a name or an address, without brackets.
 * @throws ConnectorError `address_refused` when one of them may not be dialled, `upstream_unreachable` when
 *   there is none; else what `resolve` says.
 */
export async function vetAddresses(host: string, port: number, allow: AllowList, resolve: Resolve): Promise<readonly string[]> {
  const literal = dialledAddress(host);
  const addresses = literal === undefined ? await resolve(host) : [literal];
  if (addresses.length === 0) throw new ConnectorError('upstream_unreachable', `The host ${host} has no address.`);
  return addresses.map((address) => {
    const normal = dialledAddress(address);
    const reason = normal === undefined ? 'not an address' : addressRefusal(normal);
    if (normal !== undefined && (reason === undefined || allow.allows(host, port, normal))) return normal;
    throw new ConnectorError('address_refused', `${hostAndPort({ host, port })} leads to an address that is ${reason}; nothing was sent.`, {
      remedy: `Use a public address. If this one is meant, the operator adds ${hostAndPort({ host, port })} to HOLDFAST_EGRESS_ALLOW.`,
    });
  });
}

type Socket = NonNullable<Parameters<buildConnector.Callback>[1]>;

/** @param over nobody waits any more: what is being dialled is left, and nothing else is. */
async function dialFirst(
  addresses: readonly string[],
  options: buildConnector.Options,
  connect: buildConnector.connector,
  over: AbortSignal,
): Promise<Socket> {
  // The certificate is checked against the name, although the address is what is dialled.
  const servername = dialledAddress(options.hostname) === undefined ? (options.servername ?? options.hostname) : undefined;
  let failure: unknown;
  for (const address of addresses) {
    over.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    // The library gives the socket back; its types do not say so.
    const dialled = connect({ ...options, hostname: address, servername: servername as string }, (error, socket) =>
      error ? reject(error) : resolve(socket as Socket),
    ) as unknown as Socket;
    const leave = () => dialled.destroy(over.reason);
    over.addEventListener('abort', leave, { once: true });
    try {
      return await promise;
    } catch (error) {
      failure = error;
    } finally {
      over.removeEventListener('abort', leave);
    }
  }
  throw failure;
}
