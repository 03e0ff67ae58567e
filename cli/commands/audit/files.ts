import { createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '@holdfast/terminal/report';
import { unreadable } from '../../unreadable.ts';

/** The bytes of a file; `-` is standard input. */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* (path === '-' ? process.stdin : createReadStream(path)) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new CommandError(unreadable(path, error), { code: 'unreadable', cause: error });
  }
}

/** Writes a file that is whole under its name, or not there at all. */
export async function writeWhole(path: string, source: AsyncIterable<Uint8Array | string> | Iterable<string>): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await pipeline(source, createWriteStream(partial, { mode: 0o600 }));
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new CommandError(`${path} cannot be written (${code}).`, { code: 'unwritable', cause: error });
  }
}
