import { type FileHandle, open, rename, truncate } from 'node:fs/promises';

const MAXIMUM_BYTES = 20 * 1_048_576;
/** What may wait to be written, when the disk is slow. More is dropped: a log must not eat the memory. */
const WAITING_MAXIMUM_BYTES = 4 * 1_048_576;

export interface LogFile {
  /** Never throws and never waits. */
  write(chunk: Buffer): void;
  /** Writes what waits, and closes. */
  close(): Promise<void>;
}

/**
 * A log that never stops the program that writes it: what cannot be written (the disk is full, or fails) is
 * dropped, and as soon as writing works again the log says how much is missing. One former file is kept
 * beside it, as `<path>.1`: together they take at most twice `maximumBytes`, 40 MiB by default.
 */
export function openLogFile(path: string, { maximumBytes = MAXIMUM_BYTES } = {}): LogFile {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let droppedBytes = 0;
  let reason = '';
  let file: FileHandle | undefined;
  let size = 0;
  let writing: Promise<void> | undefined;

  const drop = (bytes: number, why: string): void => {
    droppedBytes += bytes;
    reason = why;
  };

  async function append(chunk: Buffer): Promise<void> {
    if (file === undefined) {
      file = await open(path, 'a', 0o600);
      size = (await file.stat()).size;
    }
    if (size > 0 && size + chunk.length > maximumBytes) {
      await file.close();
      file = undefined;
      // A file that cannot be put aside is emptied: the disk matters more.
      await rename(path, `${path}.1`).catch(() => truncate(path));
      return append(chunk);
    }
    const notice = droppedBytes === 0 ? '' : `\n${JSON.stringify({ droppedBytes, reason, time: new Date().toISOString() })}\n`;
    const bytes = notice === '' ? chunk : Buffer.concat([Buffer.from(notice), chunk]);
    await file.appendFile(bytes);
    size += bytes.length;
    if (notice !== '') droppedBytes = 0;
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const chunk = Buffer.concat(waiting.splice(0, countThatFits(waiting, maximumBytes)));
      waitingBytes -= chunk.length;
      try {
        await append(chunk);
      } catch (error) {
        drop(chunk.length, (error as NodeJS.ErrnoException).code ?? 'unknown');
        await file?.close().catch(() => {});
        file = undefined;
      }
    }
    writing = undefined;
  }

  return {
    write(chunk) {
      if (waitingBytes + chunk.length > WAITING_MAXIMUM_BYTES) return drop(chunk.length, 'too slow');
      waiting.push(chunk);
      waitingBytes += chunk.length;
      writing ??= writeAll();
    },
    async close() {
      await writing;
      await file?.close().catch(() => {});
      file = undefined;
    },
  };
}

/** How many of the first chunks fit into so many bytes; one at least. */
function countThatFits(chunks: readonly Buffer[], bytes: number): number {
  let left = bytes;
  const tooMany = chunks.findIndex((chunk) => {
    left -= chunk.length;
    return left < 0;
  });
  return tooMany === -1 ? chunks.length : Math.max(1, tooMany);
}
