import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { linkOrRename } from '@holdfast/terminal/link-or-rename';
import { CommandError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';

interface HowToWrite {
  /** Replaces what is there. */
  readonly force: boolean;
  /** In bytes; another length fails. */
  readonly size: number;
  readonly signal: AbortSignal;
}

/**
 * Writes a file that is there whole or not at all, with the folders above it. What has its name is not
 * replaced, unless `force` says so.
 */
export async function writeNew(path: string, bytes: AsyncIterable<Uint8Array>, { force, size, signal }: HowToWrite): Promise<void> {
  const folder = dirname(path);
  const partial = join(folder, `.${basename(path).slice(0, 40)}.${randomBytes(4).toString('hex')}.part`);
  try {
    mkdirSync(folder, { recursive: true });
    const file = await open(partial, 'wx');
    try {
      await file.writeFile(exactly(size, bytes), { signal });
    } finally {
      // Before it is removed: what is still being opened or written would come back.
      await file.close();
    }
    if (force) renameSync(partial, path);
    else linkOrRename(partial, path);
  } catch (error) {
    throw inWords(error, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

async function* exactly(size: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const piece of bytes) {
    read += piece.length;
    yield piece;
  }
  if (read !== size) throw new Error(`${read.toLocaleString('en')} of ${size.toLocaleString('en')} bytes arrived`);
}

const REMEDIES: Readonly<Record<string, string>> = {
  EEXIST: '--force replaces what is there; --output names another folder.',
  ENOSPC: 'Make room, then start it again with --force.',
  EDQUOT: 'Make room, then start it again with --force.',
  EACCES: 'Choose a folder that you may write in: --output FOLDER.',
  EPERM: 'Choose a folder that you may write in: --output FOLDER.',
  EROFS: 'Choose a folder that you may write in: --output FOLDER.',
  ENOTDIR: 'A file stands where a folder would be: choose another with --output.',
};

function inWords(error: unknown, path: string): unknown {
  if (error instanceof CommandError || (error as Error).name === 'AbortError' || (error as Error).name === 'ProblemError') return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return new CommandError(`${printable(path)} is there already.`, { code: 'exists', remedy: REMEDIES.EEXIST ?? '' });
  return new CommandError(`${printable(path)} could not be written (${code ?? message}). No part of it is left.`, {
    code: 'not_written',
    remedy: REMEDIES[code ?? ''] ?? 'Start it again with --force.',
    cause: error,
  });
}
