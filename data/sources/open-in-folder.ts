import { constants, readlinkSync, type Stats } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { HoldfastError } from '@holdfast/api';
import { leftOut } from './left-out.ts';

/**
 * Opens a document of a folder for reading, by its path relative to it. Refuses what leads out: `..`, an
 * absolute path, a symbolic link as the document or on the way to it, and anything that is not a regular
 * file. `folder` is a real path. Throws HoldfastError `source_unavailable`, which says why and concerns this
 * document alone.
 */
export async function openInFolder(folder: string, name: string): Promise<FileHandle> {
  return (await openWithStats(folder, name)).file;
}

/** The same, with what the file was when it was opened. */
export async function openWithStats(folder: string, name: string): Promise<{ readonly file: FileHandle; readonly stats: Stats }> {
  const parts = name.split('/');
  if (name.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..') || (sep === '\\' && name.includes('\\'))) {
    throw refused(name);
  }
  const path = join(folder, ...parts);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error) => {
    throw leftOut(name, error);
  });
  try {
    const stats = await file.stat();
    if ((await whereIs(file, path)) !== path || !stats.isFile()) throw refused(name);
    return { file, stats };
  } catch (error) {
    await file.close();
    throw error instanceof HoldfastError ? error : leftOut(name, error);
  }
}

/**
 * Where the file that is open really lies. Linux says it of the open file itself, so that nothing can be
 * swapped meanwhile.
 */
async function whereIs(file: FileHandle, path: string): Promise<string> {
  // At once: /proc is in memory, and a turn in the pool of threads costs more than the question.
  return process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${file.fd}`) : realpath(path);
}

function refused(name: string): HoldfastError {
  return new HoldfastError('source_unavailable', `“${name}” is not a document of its folder.`, {
    remedy: 'Put the document itself into the folder; links are not followed.',
  });
}
