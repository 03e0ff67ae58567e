import { createReadStream } from 'node:fs';
import { CommandError } from '@holdfast/terminal/report';
import { replaceFileWith } from '../../replace-file.ts';
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
  try {
    await replaceFileWith(path, source);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new CommandError(`${path} cannot be written (${code}).`, { code: 'unwritable', cause: error });
  }
}
