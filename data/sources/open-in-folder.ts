import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';
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
  const parts = name.split('/');
  if (name.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..') || (sep === '\\' && name.includes('\\'))) {
    throw refused(name);
  }
  const path = join(folder, ...parts);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error) => {
    throw leftOut(name, error);
  });
  try {
    if ((await whereIs(file, path)) !== path || !(await file.stat()).isFile()) throw refused(name);
    return file;
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
  return process.platform === 'linux' ? readlink(`/proc/self/fd/${file.fd}`) : realpath(path);
}

function refused(name: string): HoldfastError {
  return new HoldfastError('source_unavailable', `“${name}” is not a document of its folder.`, {
    remedy: 'Put the document itself into the folder; links are not followed.',
  });
}
