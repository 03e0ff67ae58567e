import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedError } from './embedded-error.ts';

/** After a fast shutdown was asked for: an immediate one, then no more asking. */
const FAST_MILLISECONDS = 10_000;
const IMMEDIATE_MILLISECONDS = 7_000;
const KILLED_MILLISECONDS = 10_000;

/**
 * Deals with what a killed owner left behind: a server that still runs on this very directory is stopped,
 * cleanly if it can be and by force if not, by its verified process id; one that is just ending is waited
 * for, and so are its children. A process id that meanwhile belongs to another program is left alone.
 *
 * The caller holds the lock of the home, so no other Holdfast owns that server.
 *
 * @throws EmbeddedError when the server does not end, after some 27 seconds at most.
 */
export async function stopLeftover(dataDirectory: string): Promise<'none' | 'stopped'> {
  const facts = readPidFile(dataDirectory);
  if (facts === undefined) return 'none';
  const running = isServerOf(facts.pid, dataDirectory);
  if (!(await endServer(facts.pid, dataDirectory, [...(running ? [['SIGINT', FAST_MILLISECONDS] as const] : [])]))) {
    throw new EmbeddedError(`A PostgreSQL of a former start (process ${facts.pid}) does not end. End it and start again.`);
  }
  // Otherwise its postmaster.pid stays: with it the next server itself makes sure that nothing of the former
  // one still writes.
  if (process.platform === 'linux' && answersSignal(facts.pid)) rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
  return running ? 'stopped' : 'none';
}

/** Ends the server of this directory at once: it recovers at its next start. */
export async function killServer(dataDirectory: string): Promise<void> {
  const facts = readPidFile(dataDirectory);
  if (facts !== undefined) await endServer(facts.pid, dataDirectory, []);
}

/** @returns whether it and all its children are gone. */
async function endServer(pid: number, dataDirectory: string, polite: readonly (readonly ['SIGINT', number])[]): Promise<boolean> {
  const isGone = (): boolean => !isServerOf(pid, dataDirectory) && !isEnding(pid) && processesOf(dataDirectory).length === 0;
  for (const [signal, milliseconds] of [...polite, ['SIGQUIT', IMMEDIATE_MILLISECONDS] as const]) {
    if (isServerOf(pid, dataDirectory)) process.kill(pid, signal);
    if (await within(milliseconds, isGone)) return true;
  }
  for (const victim of [pid, ...processesOf(dataDirectory)]) if (isServerOf(victim, dataDirectory)) process.kill(victim, 'SIGKILL');
  return within(KILLED_MILLISECONDS, isGone);
}

async function within(milliseconds: number, isSo: () => boolean): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (!isSo()) {
    if (Date.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}

/** Lines of postmaster.pid: process id, data directory, start time, port, socket directory, … */
export function readPidFile(dataDirectory: string): { pid: number; socketFolder: string } | undefined {
  try {
    const lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), socketFolder: lines[4] ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether this process is a server on this very directory. */
export function isServerOf(pid: number, dataDirectory: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  if (process.platform !== 'linux') return answersSignal(pid) && commandOf(pid).endsWith('postgres');
  try {
    const program = readlinkSync(`/proc/${pid}/exe`);
    return program.replace(/ \(deleted\)$/, '').endsWith('/postgres') && readlinkSync(`/proc/${pid}/cwd`) === dataDirectory;
  } catch {
    return false;
  }
}

/** Where there is no /proc. */
function commandOf(pid: number): string {
  return spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

/**
 * Whether the server of this directory replays its log. PostgreSQL 18 can say so for ever when the process
 * that does it has died (of an error of the disk). undefined where that cannot be seen.
 */
export function isRecovering(dataDirectory: string): boolean | undefined {
  if (process.platform !== 'linux') return undefined;
  return processesOf(dataDirectory).some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('postgres: startup');
    } catch {
      return false;
    }
  });
}

/** All processes of a server on this directory, such as the children of one that was killed. */
function processesOf(dataDirectory: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isServerOf(pid, dataDirectory));
}

/**
 * Killed, but not yet gone: it has no program any more and may still hold its files. One that nobody waits
 * for, as in a container without an init, keeps its id for ever; it holds nothing, and is gone for our
 * purpose.
 */
function isEnding(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || process.platform !== 'linux') return false;
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(`/proc/${pid}`) && !isZombie(pid);
  }
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
