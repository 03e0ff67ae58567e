import { closeSync, constants, fstatSync, open as openDescriptor, read as readDescriptor, readlinkSync, type Stats } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { HoldfastError } from '@holdfast/api';
import { leftOut } from './left-out.ts';

/**
 * Opens a document of a folder for reading, by its path relative to it. Refuses what leads out: `..`, an
 * absolute path, a symbolic link as the document or on the way to it, and anything that is not a regular
 * file. `folder` is a real path. Throws HoldfastError `source_unavailable`, which says why and concerns this
 * document alone.
 */
export async function openInFolder(folder: string, name: string): Promise<FileHandle> {
  const path = pathIn(folder, name);
  const file = await open(path, FLAGS).catch((error) => {
    throw leftOut(name, error);
  });
  try {
    const stats = await file.stat();
    if ((await whereIs(file.fd, path)) !== path || !stats.isFile()) throw refused(name);
    return file;
  } catch (error) {
    await file.close();
    throw error instanceof HoldfastError ? error : leftOut(name, error);
  }
}

/** How many bytes a document has, under the same conditions. */
export async function sizeInFolder(folder: string, name: string): Promise<number> {
  return withDescriptor(folder, name, async (_, { size }) => size);
}

/** All of a document, under the same conditions; `undefined` when it has more than `maximum` bytes. */
export async function readSmallInFolder(folder: string, name: string, maximum: number): Promise<Buffer | undefined> {
  return withDescriptor(folder, name, async (descriptor, { size }) => {
    if (size > maximum) return undefined;
    // One more, to see whether it has grown meanwhile: a regular file gives less than what is asked for at
    // its end alone.
    const buffer = Buffer.allocUnsafe(size + 1);
    let length = 0;
    let last: number;
    do {
      last = (await readPart(descriptor, buffer, length, buffer.length - length, null)).bytesRead;
      length += last;
    } while (last !== 0 && length < size);
    return length > size ? undefined : buffer.subarray(0, length);
  });
}

/**
 * What the system knows of a file that was just opened, and closing it, is asked for at once: a turn in the
 * pool of threads costs more than the answer. Opening and reading may have to wait for a disk.
 */
async function withDescriptor<T>(folder: string, name: string, work: (descriptor: number, stats: Stats) => Promise<T>): Promise<T> {
  const path = pathIn(folder, name);
  const descriptor = await opened(path, FLAGS).catch((error) => {
    throw leftOut(name, error);
  });
  try {
    const stats = fstatSync(descriptor);
    if ((await whereIs(descriptor, path)) !== path || !stats.isFile()) throw refused(name);
    return await work(descriptor, stats);
  } catch (error) {
    throw error instanceof HoldfastError ? error : leftOut(name, error);
  } finally {
    closeSync(descriptor);
  }
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const opened = promisify(openDescriptor) as (path: string, flags: number) => Promise<number>;
const readPart = promisify(readDescriptor);

function pathIn(folder: string, name: string): string {
  const parts = name.split('/');
  if (name.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..') || (sep === '\\' && name.includes('\\'))) {
    throw refused(name);
  }
  return join(folder, ...parts);
}

/**
 * Where the file that is open really lies. Linux says it of the open file itself, so that nothing can be
 * swapped meanwhile.
 */
async function whereIs(descriptor: number, path: string): Promise<string> {
  // At once: /proc is in memory, and a turn in the pool of threads costs more than the question.
  return process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${descriptor}`) : realpath(path);
}

function refused(name: string): HoldfastError {
  return new HoldfastError('source_unavailable', `“${name}” is not a document of its folder.`, {
    remedy: 'Put the document itself into the folder; links are not followed.',
  });
}
