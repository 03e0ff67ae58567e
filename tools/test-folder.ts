import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory, where Linux has one. */
const IN_MEMORY = '/dev/shm';
const OF_PROCESS = /^holdfast-tests-(\d+)-/;
/** Without a change for so long, no test writes there any more. */
const LEFT_MILLISECONDS = 3_600_000;
/** Databases, homes and profiles of the files that run at a time come to a fraction of this. */
const ROOM_BYTES = 4 * 1024 ** 3;
/** Of the whole machine: the tests themselves need memory too. */
const AVAILABLE_BYTES = 8 * 1024 ** 3;

/**
 * Where tests put what is for a while: in memory, where there is plenty of it, since they make some hundred
 * databases, each of which costs half a second of a processor on a disk. What shows that something survives
 * lies on a disk (`onDisk` of a stage).
 */
export function testFolder(): { readonly path: string; remove(): void } {
  const memory = hasRoom() ? makeFolder(IN_MEMORY) : undefined;
  if (memory !== undefined && runsPrograms(memory)) return { path: memory, remove: () => remove(memory) };
  if (memory !== undefined) remove(memory);
  return { path: tmpdir(), remove: () => {} };
}

function makeFolder(parent: string): string {
  // Of a run that was killed: its memory would stay taken.
  for (const name of readdirSync(parent)) {
    const [pid, path] = [OF_PROCESS.exec(name)?.[1], join(parent, name)];
    if (pid !== undefined && !existsSync(`/proc/${pid}`) && isOld(path)) remove(path);
  }
  const folder = mkdtempSync(join(parent, `holdfast-tests-${process.pid}-`));
  // As any folder for temporary files: planes and PostgreSQL have accounts of their own.
  chmodSync(folder, 0o1777);
  return folder;
}

/** A container may share the memory, and not the numbers of processes. */
function isOld(path: string): boolean {
  const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return mtimeMs < Date.now() - LEFT_MILLISECONDS;
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // Another account's, or somebody looks at what a test left: that is no failure of the tests.
  }
}

function hasRoom(): boolean {
  if (process.platform !== 'linux' || !existsSync(IN_MEMORY)) return false;
  const { bavail, bsize } = statfsSync(IN_MEMORY);
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
  return bavail * bsize >= ROOM_BYTES && available >= AVAILABLE_BYTES;
}

/** In a container it is often mounted so that nothing in it can be run, as some tests do. */
function runsPrograms(folder: string): boolean {
  const program = join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  const { status } = spawnSync(program);
  rmSync(program);
  return status === 0;
}
