import { connect, type Socket } from 'node:net';
import { hostAndPort } from '@holdfast/envelope';
import type { AllowList } from './allow-list.ts';
import { CONNECT_MILLISECONDS, notReached, type Resolve, vetAddresses } from './dialer.ts';
import type { TestNetwork } from './test-network.ts';
import { unlessAborted } from './unless-aborted.ts';

const CONNECT_TIMEOUT_MILLISECONDS = 10_000;

interface More {
  /** Gives up. */
  readonly signal?: AbortSignal;
  /** Replaced in tests. */
  readonly network?: TestNetwork;
  /** Replaced in tests: see {@link CONNECT_MILLISECONDS}. */
  readonly milliseconds?: number;
}

/**
 * A TCP connection to a host whose addresses were looked at, for protocols other than HTTP. What is dialled
 * is an address that was looked at, never the name again. TLS is the caller's: it checks the certificate
 * against the name.
 *
 * @returns a socket that is connected, within 10 seconds for each address, and 30 for all of them and the
 *   look-up of the name.
 * @throws ConnectorError `address_refused` or `upstream_unreachable`; else what the network says, or the
 *   reason of the signal.
 */
export async function dialSocket(
  host: string,
  port: number,
  allow: AllowList,
  resolve: Resolve,
  { signal, network, milliseconds = CONNECT_MILLISECONDS }: More = {},
): Promise<Socket> {
  const timeout = AbortSignal.timeout(milliseconds);
  const over = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let failure: unknown;
  try {
    for (const address of await unlessAborted(vetAddresses(host, port, allow, resolve), over)) {
      over.throwIfAborted();
      try {
        return await dial(address, network?.portOf?.(port) ?? port, over);
      } catch (error) {
        failure = error;
      }
    }
    over.throwIfAborted();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw timeout.aborted ? notReached(hostAndPort({ host, port })) : error;
  }
  throw failure;
}

function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((connected, failed) => {
    const socket = connect({ host, port, noDelay: true });
    const abort = () => socket.destroy(new Error('The work was stopped.'));
    signal.addEventListener('abort', abort, { once: true });
    socket.setTimeout(CONNECT_TIMEOUT_MILLISECONDS, () =>
      socket.destroy(Object.assign(new Error('The connection took too long.'), { code: 'ETIMEDOUT' })),
    );
    socket.once('error', failed);
    socket.once('close', () => signal.removeEventListener('abort', abort));
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      socket.setTimeout(0);
      socket.off('error', failed);
      connected(socket);
    });
  });
}
