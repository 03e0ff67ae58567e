import type { Socket } from 'node:net';
import { ConnectorError } from './connector-error.ts';

/** RFC 1918, RFC 4193, and this machine. The egress dials them only where the operator allows it. */
const PRIVATE = /^(?:::ffff:)?(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|^(?:::1$|f[cd][0-9a-f]{2}:)/i;

/**
 * Before the first byte of a protocol that is to go without TLS: who may change the option that says so must
 * not be able to have a value sent in clear over any network. What counts is the address that was dialled,
 * not its name. Elsewhere the socket is destroyed.
 *
 * @param setting what asks for it, as people know it: `“Without TLS”`.
 * @param shown the server, with its port.
 * @throws ConnectorError `option_invalid`
 */
export function requirePrivatePeer(socket: Socket, setting: string, shown: string, remedy: string): void {
  if (PRIVATE.test(socket.remoteAddress ?? '')) return;
  socket.destroy();
  throw new ConnectorError('option_invalid', `${setting} is only for a private network, and ${shown} is not in one. Nothing was sent.`, {
    remedy,
  });
}
