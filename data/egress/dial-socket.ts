import { connect, type Socket } from 'node:net';
import type { AllowList } from './allow-list.ts';
import { type Resolve, vetAddresses } from './dialer.ts';

const CONNECT_TIMEOUT_MILLISECONDS = 10_000;

/**
 * A TCP connection to a host whose addresses were looked at, for protocols other than HTTP. What is dialled
 * is an address that was looked at, never the name again. TLS is the caller's: it checks the certificate
 * against the name.
 *
 * @returns a socket that is connected, within 10 seconds for each address.
 * @throws ConnectorError `address_refused` or `upstream_unreachable`; else what the network says.
 */
export async function dialSocket(host: string, port: number, allow: AllowList, resolve: Resolve): Promise<Socket> {
  let failure: unknown;
  for (const address of await vetAddresses(host, port, allow, resolve)) {
    try {
      return await dial(address, port);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((connected, failed) => {
    const socket = connect({ host, port });
    socket.setTimeout(CONNECT_TIMEOUT_MILLISECONDS, () =>
      socket.destroy(Object.assign(new Error('The connection took too long.'), { code: 'ETIMEDOUT' })),
    );
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', failed);
      connected(socket);
    });
  });
}
