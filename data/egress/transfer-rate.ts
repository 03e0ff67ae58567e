import type { Socket } from 'node:net';
import { ConnectorError } from '@holdfast/connector';

/** Below the least rate for so long, a transfer is ended. */
export const SLOW_SECONDS = 30;
const SAMPLE_MILLISECONDS = 1_000;

/**
 * Ends a connection that transfers less than `bytesPerSecond` over 30 seconds, in whichever direction: a peer
 * that takes an upload, or gives the head or the body of an answer, a few bytes at a time. Waiting for an
 * answer to begin is not a transfer, and has its own limit; nor is an idle connection, nor the time in which
 * what came lies here and is not read.
 *
 * The socket is destroyed with ConnectorError `upstream_unreachable`, `retryable`.
 *
 * @param where host and port, for the message.
 * @param bytesPerSecond 0 for no limit.
 * @param seconds replaced in tests.
 * @param what `sent` for a protocol in which either side may be silent in the middle: what comes is not
 *   looked at.
 */
export function watchTransferRate(
  socket: Socket,
  where: string,
  bytesPerSecond: number,
  seconds: number = SLOW_SECONDS,
  what: 'both' | 'sent' = 'both',
): void {
  if (bytesPerSecond === 0) return;
  /** What had been transferred at each sample since the transfer began. */
  let samples: number[] = [];
  let written = 0;
  let readBeforeAnswer = 0;
  const timer = setInterval(() => {
    // What still lies in our memory was not taken by the other side.
    const unsent = socket.writableLength;
    if (socket.bytesWritten !== written) readBeforeAnswer = socket.bytesRead;
    written = socket.bytesWritten;
    const reading = what === 'both' && socket.bytesRead > readBeforeAnswer && socket.readableLength === 0;
    if (unsent === 0 && !reading) {
      samples = [];
      return;
    }
    samples.push(socket.bytesRead + written - unsent);
    if (samples.length <= seconds) return;
    const moved = (samples.at(-1) ?? 0) - (samples.shift() ?? 0);
    if (moved >= bytesPerSecond * seconds) return;
    socket.destroy(
      new ConnectorError(
        'upstream_unreachable',
        `${where} transferred less than ${bytesPerSecond} bytes a second for ${seconds} seconds.`,
        {
          remedy: 'Look at the service, or at the network between; HOLDFAST_MINIMUM_TRANSFER_RATE says what is too slow.',
          retryable: true,
        },
      ),
    );
  }, SAMPLE_MILLISECONDS).unref();
  socket.once('close', () => clearInterval(timer));
}
