import { write, writeSync } from 'node:fs';

/** What may wait while the reader is slow. More is dropped: a log must not eat the memory. */
const WAITING_MAXIMUM_CHARACTERS = 4 * 1_048_576;
const BUSY_MILLISECONDS = 50;

/**
 * Writes log lines to a file descriptor, by default standard output, and never harms the program that logs:
 * when nobody reads any more (EPIPE) it is silent from then on; what cannot be written for another reason,
 * such as a full disk, is dropped.
 */
export function createLogOutput(descriptor = 1): { write(line: string): void } {
  let waiting = '';
  /** Handed to the system, not all of it written yet. */
  let current: Buffer | undefined;
  let closed = false;

  function send(): void {
    if (current === undefined) {
      if (waiting === '' || closed) return;
      current = Buffer.from(waiting);
      waiting = '';
    }
    write(descriptor, current, (error, written) => {
      if (error === null) current = written < (current?.length ?? 0) ? current?.subarray(written) : undefined;
      else if (error.code === 'EAGAIN') {
        setTimeout(send, BUSY_MILLISECONDS).unref();
        return;
      } else {
        closed = error.code === 'EPIPE' || error.code === 'EBADF';
        current = undefined;
      }
      send();
    });
  }

  // One try, without waiting for the descriptor to take more.
  process.once('exit', () => {
    try {
      if (!closed && waiting !== '') writeSync(descriptor, waiting);
    } catch {
      // Nobody reads it, or there is no room.
    }
  });

  return {
    write(line) {
      if (closed || waiting.length + line.length > WAITING_MAXIMUM_CHARACTERS) return;
      waiting += line;
      if (current === undefined) send();
    },
  };
}
