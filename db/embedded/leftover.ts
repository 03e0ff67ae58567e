import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedError } from './embedded-error.ts';

const STOP_MILLISECONDS = 20_000;

/**
 * Deals with what a killed owner left behind: a server that still runs on this very directory is stopped, cleanly, by its
 * verified process id; one that is just ending is waited for, and so are its children. A process id that meanwhile belongs to
 * another program is left alone.
 *
 * The caller holds the lock of the home, so no other Holdfast owns that server.
 */
export async function stopLeftover(dataDirectory: string): Promise<'none' | 'stopped'> {
  const facts = readPidFile(dataDirectory);
  if (facts === undefined) return 'none';
  const running = isServerOf(facts.pid, dataDirectory);
  if (running) process.kill(facts.pid, 'SIGINT');
  const deadline = Date.now() + STOP_MILLISECONDS;
  while (isServerOf(facts.pid, dataDirectory) || isEnding(facts.pid) || hasProcesses(dataDirectory)) {
    if (Date.now() > deadline) {
      throw new EmbeddedError(`A PostgreSQL of a former start (process ${facts.pid}) does not end. End it and start again.`);
    }
    await sleep(50);
  }
  // Otherwise its postmaster.pid stays: with it the next server itself makes sure that nothing of the former one still writes.
  if (process.platform === 'linux' && answersSignal(facts.pid)) rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
  return running ? 'stopped' : 'none';
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

function isServerOf(pid: number, dataDirectory: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  if (process.platform !== 'linux') return answersSignal(pid);
  try {
    const program = readlinkSync(`/proc/${pid}/exe`);
    return program.replace(/ \(deleted\)$/, '').endsWith('/postgres') && readlinkSync(`/proc/${pid}/cwd`) === dataDirectory;
  } catch {
    return false;
  }
}

/** Whether any process of a server on this directory is left, such as the children of one that was killed. */
function hasProcesses(dataDirectory: string): boolean {
  if (process.platform !== 'linux') return false;
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isServerOf(Number(name), dataDirectory));
}

/**
 * Killed, but not yet gone: it has no program any more and may still hold its files. One that nobody waits for, as in a container
 * without an init, keeps its id for ever; it holds nothing, and is gone for our purpose.
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
