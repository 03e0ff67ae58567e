import ssh2, { type Stats } from 'ssh2';
import { STATUS, statusOf } from './failures.ts';
import type { Session } from './session.ts';

/** Of one request: two packets for any server, one for OpenSSH. */
const PIECE_BYTES = 63_904;
/** That are under way at once: 2 MB, which keeps a line of 100 Mbit/s busy at 160 ms. */
const AHEAD = 32;

/**
 * What is there; `undefined`: nothing, `unknown`: the user may not see it.
 *
 * @param path empty for the folder where the user arrives.
 * @throws any other answer of the server, or why the connection ended: for `explain`.
 */
export async function statOf({ sftp, call }: Session, path: string): Promise<Stats | 'unknown' | undefined> {
  try {
    return await call<Stats>((done) => sftp.stat(path === '' ? '.' : path, done));
  } catch (error) {
    if (statusOf(error) === STATUS.noSuchFile) return undefined;
    if (statusOf(error) === STATUS.permissionDenied) return 'unknown';
    throw error;
  }
}

/** Of a file that is there, which is not emptied: what publishing asks for too, and no right to read. */
export const WRITE_ONLY = ssh2.utils.sftp.OPEN_MODE.WRITE;

/**
 * Runs the work on an open file, and closes it.
 *
 * @throws what the work throws; what the server says of opening or closing it, or why the connection ended.
 */
export async function withFile<T>(
  { sftp, call, isAlive }: Session,
  path: string,
  flags: 'r' | 'w' | 'wx' | typeof WRITE_ONLY,
  work: (handle: Buffer) => Promise<T>,
): Promise<T> {
  const handle = await call<Buffer>((done) => sftp.open(path, flags, done));
  let result: T;
  try {
    result = await work(handle);
  } catch (error) {
    if (isAlive()) await call<void>((done) => sftp.close(handle, done)).catch(() => undefined);
    throw error;
  }
  // Some servers say only now that the disk is full.
  await call<void>((done) => sftp.close(handle, done));
  return result;
}

/** Writes all of it, several requests at a time. */
export async function writeAll({ sftp, call }: Session, handle: Buffer, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const underWay: Promise<void>[] = [];
  let position = 0;
  for await (const piece of bytes) {
    const whole = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let from = 0; from < whole.length; from += PIECE_BYTES) {
      const part = whole.subarray(from, from + PIECE_BYTES);
      const at = position;
      position += part.length;
      const written = call<void>((done) => sftp.write(handle, part, 0, part.length, at, done as (error?: Error | null) => void));
      written.catch(() => undefined);
      underWay.push(written);
      if (underWay.length >= AHEAD) await underWay.shift();
    }
  }
  await Promise.all(underWay);
}

/**
 * The bytes of an open file, several requests at a time.
 *
 * @param size as the server says it; what is there beyond it is read too.
 */
export async function* readAll({ sftp, call }: Session, handle: Buffer, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const underWay: { readonly at: number; readonly read: Promise<Buffer> }[] = [];
  let next = 0;
  for (;;) {
    while (underWay.length < AHEAD && (next < size || underWay.length === 0)) {
      const at = next;
      const read = call<Buffer>((done) =>
        sftp.read(handle, Buffer.allocUnsafeSlow(PIECE_BYTES), 0, PIECE_BYTES, at, (error, count, data) =>
          done(error, data?.subarray(0, count) ?? Buffer.alloc(0)),
        ),
      );
      read.catch(() => undefined);
      underWay.push({ at, read });
      next += PIECE_BYTES;
    }
    const first = underWay.shift();
    if (first === undefined) return;
    const piece = await first.read;
    if (piece.length === 0) return;
    yield piece;
    if (piece.length < PIECE_BYTES) {
      // A server may give less than it was asked for; what was asked behind it has a gap in front.
      await Promise.allSettled(underWay.splice(0).map(({ read }) => read));
      next = first.at + piece.length;
    }
  }
}
