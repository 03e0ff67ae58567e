import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { CommandError } from '../report.ts';

interface Holder {
  readonly pid: number;
  /** Since boot, in the kernel's clock ticks: tells a process from a later one with the same id. Empty where unknown. */
  readonly startedAt: string;
}

/**
 * Makes sure that one launcher uses a home. A lock whose process is gone, or whose process id now belongs to another program, is
 * taken over.
 *
 * @returns what gives the lock back.
 */
export function lockHome(path: string): () => void {
  const own: Holder = { pid: process.pid, startedAt: startOf(process.pid) ?? '' };
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder && startOf(holder.pid) === holder.startedAt) {
      throw new CommandError(`Holdfast already runs on this home (process ${holder.pid}).`, {
        remedy: 'Use the one that runs, end it with Ctrl-C, or set HOLDFAST_HOME to another folder.',
      });
    }
    takeAway(path);
  }
  throw new CommandError(`The lock ${path} could not be taken.`, { remedy: 'Another start may be under way; try again.' });
}

function readHolder(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return Number.isInteger(holder.pid) ? { pid: holder.pid as number, startedAt: holder.startedAt ?? '' } : undefined;
  } catch {
    // Empty or half-written: its writer died.
    return undefined;
  }
}

/** By renaming, so that of two that find a stale lock only one takes it away. */
function takeAway(path: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // Somebody else was faster.
  }
}

/** undefined when there is no such process; '' where the system does not tell when it started. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  if (process.platform !== 'linux') return '';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing. Field 22 of proc_pid_stat(5) is the start time; the name, field 2, may hold spaces.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
