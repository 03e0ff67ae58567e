import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** A process as Linux shows it in /proc. */
export interface ProcessRecord {
  pid: number;
  parent: number;
  /** Resolved path of the program, empty when it may not be read. */
  program: string;
  arguments: string[];
}

/**
 * What Node takes for each file whose size it does not know is more, and a look at all processes reads
 * hundreds.
 */
let room = Buffer.allocUnsafe(64 * 1024);

/**
 * The kernel answers from memory, so these are read at once: through the thread pool, a look at all processes
 * would cost ten times as much, and some tests look twenty times a second.
 */
export function readOfProcess(pid: number, part: 'stat' | 'cmdline' | 'environ' | `task/${string}/children`): Buffer {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/${part}`, 'r');
    let length = 0;
    for (let read = -1; read !== 0; length += read) {
      if (length === room.length) room = Buffer.concat([room, Buffer.allocUnsafe(room.length)]);
      read = readSync(file, room, length, room.length - length, null);
      // It comes as a whole.
      if (part === 'stat') return Buffer.from(room.subarray(0, read));
    }
    return Buffer.from(room.subarray(0, length));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function linkOf(pid: number, part: 'exe' | 'cwd'): string {
  try {
    return readlinkSync(`/proc/${pid}/${part}`);
  } catch {
    return '';
  }
}

async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Its parent; undefined once it has ended. */
function readParent(pid: number): Pick<ProcessRecord, 'pid' | 'parent'> | undefined {
  const stat = readOfProcess(pid, 'stat').toString();
  // The name stands in parentheses and may itself hold any character, so the fields begin after the last
  // one.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' || state === 'Z' ? undefined : { pid, parent: Number(parent) };
}

function readProcess(pid: number): ProcessRecord | undefined {
  const found = readParent(pid);
  if (found === undefined) return undefined;
  const commandLine = readOfProcess(pid, 'cmdline').toString();
  return { ...found, program: linkOf(pid, 'exe'), arguments: commandLine.split('\0').slice(0, -1) };
}

/**
 * The ids of the process and of all that descend from it, parents before children, as the kernel lists the
 * children of each thread: a tenth of the work of `processTree`. A child may be missing while another one of
 * its parent ends, so this is for who looks again and again, and not for showing that all have ended.
 */
export function listDescendants(root: number): number[] {
  const pids = [root];
  for (const pid of pids) {
    for (const thread of threadsOf(pid)) {
      pids.push(...(readOfProcess(pid, `task/${thread}/children`).toString().match(/\d+/g) ?? []).map(Number));
    }
  }
  return pids;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** The process and all that descend from it, parents before children. */
export async function processTree(root: number): Promise<ProcessRecord[]> {
  const all = (await allPids()).map(readParent).filter((found) => found !== undefined);
  const tree = all.filter((candidate) => candidate.pid === root);
  for (const parent of tree) tree.push(...all.filter((candidate) => candidate.parent === parent.pid));
  // Of those alone: there may be many others, and this is asked again and again.
  return tree.map(({ pid }) => readProcess(pid)).filter((found) => found !== undefined);
}

/**
 * Resident memory of a process that it shares with nobody, in bytes: what would be free again if it ended.
 */
export async function privateMemory(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kibibytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)].map((match) => Number(match[1]));
  return kibibytes.reduce((sum, part) => sum + part, 0) * 1024;
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Every process that belongs to a home, whatever its parent is: it works in a folder of it, or its arguments
 * or its environment name it. Linux.
 */
export async function processesOfHome(home: string): Promise<ProcessRecord[]> {
  const names = (pid: number) =>
    linkOf(pid, 'cwd').includes(home) || (['cmdline', 'environ'] as const).some((part) => readOfProcess(pid, part).includes(home));
  return (await allPids())
    .filter((pid) => pid !== process.pid && names(pid))
    .map(readProcess)
    .filter((found) => found !== undefined);
}
