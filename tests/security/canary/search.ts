import { open, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { processTree, readOfProcess } from '../../harness/processes.ts';
import type { Needle } from './marker.ts';

/** A place where a value lies that must not be there. */
export interface Finding {
  place: string;
  encoding: string;
}

const CHUNK_BYTES = 8 * 1024 * 1024;
/**
 * Most of a database's log and of the memory that processes have asked for was never written: it is zeros.
 */
const ZEROS = Buffer.alloc(64 * 1024);

export function searchBytes(needles: readonly Needle[], place: string, bytes: Uint8Array): Finding[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return needles.filter((needle) => buffer.includes(needle.bytes)).map(({ encoding }) => ({ place, encoding }));
}

export function searchText(needles: readonly Needle[], place: string, text: string): Finding[] {
  return searchBytes(needles, place, Buffer.from(text));
}

/** Searches a range that is read piece by piece; pieces overlap, so that nothing hides on a boundary. */
async function searchRange(
  needles: readonly Needle[],
  place: string,
  start: number,
  end: number,
  read: (buffer: Buffer, position: number) => Promise<number>,
): Promise<Finding[]> {
  const overlap = Math.max(...needles.map((needle) => needle.bytes.length)) - 1;
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - start) + overlap);
  const found = new Map<string, Finding>();
  let kept = 0;
  for (let position = start; position < end; ) {
    const want = Math.min(buffer.length - kept, end - position);
    const got = await read(buffer.subarray(kept, kept + want), position);
    if (got === 0) break;
    const filled = kept + got;
    for (const part of withoutZeros(buffer.subarray(0, filled), overlap)) {
      for (const finding of searchBytes(needles, place, part)) found.set(finding.encoding, finding);
    }
    kept = Math.min(overlap, filled);
    buffer.copy(buffer, 0, filled - kept, filled);
    position += got;
  }
  return [...found.values()];
}

/**
 * All but long stretches of zeros, of which so many bytes at both ends stay: what is looked for may begin or
 * end with some, and none of it is zeros alone.
 */
export function* withoutZeros(bytes: Buffer, margin: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const isZeros = (from: number) => bytes.subarray(from, from + ZEROS.length).equals(ZEROS);
    let end = start;
    while (end < bytes.length && !isZeros(end)) end += ZEROS.length;
    if (end > start) yield bytes.subarray(Math.max(0, start - margin), end + margin);
    while (end < bytes.length && isZeros(end)) end += ZEROS.length;
    start = end;
  }
}

/** Searches a file's name and content. A file that vanishes meanwhile holds nothing any more. */
export async function searchFile(needles: readonly Needle[], path: string): Promise<Finding[]> {
  const findings = searchText(needles, `name of ${path}`, path);
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENXIO') return undefined;
    throw error;
  });
  if (!file) return findings;
  try {
    const { size } = await file.stat();
    // Read to the end as it is now, not as it was said to be: logs grow.
    const end = Math.max(size, 1);
    findings.push(
      ...(await searchRange(
        needles,
        path,
        0,
        end,
        async (buffer, position) => (await file.read(buffer, 0, buffer.length, position)).bytesRead,
      )),
    );
  } finally {
    await file.close();
  }
  return findings;
}

/** Searches every regular file below a folder, hidden ones too; sockets and pipes hold nothing to read. */
export async function searchFolder(needles: readonly Needle[], folder: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) findings.push(...(await searchFolder(needles, path)));
    else if (entry.isFile()) findings.push(...(await searchFile(needles, path)));
    else if (entry.isSymbolicLink()) findings.push(...searchText(needles, `link ${path}`, await readlink(path).catch(() => '')));
  }
  return findings;
}

/** Searches the arguments and the environment of a process and of all that descend from it. */
export async function searchArguments(needles: readonly Needle[], root: number): Promise<Finding[]> {
  return (await processTree(root)).flatMap(({ pid }) => searchArgumentsOf(needles, pid));
}

/** Of this process alone. */
export function searchArgumentsOf(needles: readonly Needle[], pid: number): Finding[] {
  return (['cmdline', 'environ'] as const).flatMap((part) => searchBytes(needles, `${part} of process ${pid}`, readOfProcess(pid, part)));
}

/**
 * Searches what a process has in memory that was not simply mapped from a program file: what a core dump
 * would hold. Reads through the system, the process goes on meanwhile. Fails when not a byte could be read.
 *
 * @param parts `private`: without what it shares with other processes.
 */
export async function searchMemory(
  needles: readonly Needle[],
  pid: number,
  place: string,
  parts: 'all' | 'private' = 'all',
): Promise<Finding[]> {
  const regions = (await readFile(`/proc/${pid}/maps`, 'utf8'))
    .split('\n')
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) r(\S)\S(\S) \S+ \S+ (\d+)\s*(.*)$/.exec(line))
    .filter((match) => match !== null)
    .filter(([, , , , sharing]) => parts === 'all' || sharing === 'p')
    .filter(([, , , writable, , , name]) => (writable === 'w' || name === '') && !/^\[v(?:var|dso|syscall)/.test(name ?? ''));
  const memory = await open(`/proc/${pid}/mem`, 'r');
  const found = new Map<string, Finding>();
  let read = 0;
  try {
    for (const [, from = '', to = ''] of regions) {
      const findings = await searchRange(needles, place, Number.parseInt(from, 16), Number.parseInt(to, 16), async (buffer, position) => {
        // A region may have been given back between listing and reading.
        const { bytesRead } = await memory.read(buffer, 0, buffer.length, position).catch(() => ({ bytesRead: 0 }));
        read += bytesRead;
        return bytesRead;
      });
      for (const finding of findings) found.set(finding.encoding, finding);
    }
  } finally {
    await memory.close();
  }
  if (read === 0) throw new Error(`Nothing of the memory of process ${pid} could be read.`);
  return [...found.values()];
}
