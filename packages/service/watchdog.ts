import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Handed over as text: the command's account may not be able to read our files. */
const SCRIPT = readFileSync(join(import.meta.dirname, 'watchdog.sh'), 'utf8').replaceAll(/^ *#.*\n/gm, '');
/** Beyond the last of its signals: then it is killed from here, with all that it started. */
const GRACE_MILLISECONDS = 3_000;

export interface GuardedProcess {
  /** The watchdog's process: it ends with the command's exit code, or 128 + the signal that ended it. */
  readonly process: ChildProcess;
  /** Resolves with that code, also when it was ended from outside. */
  readonly ended: Promise<number>;
  /**
   * Ends the command by its signals. Resolves when it has ended, at the latest some seconds after the last
   * signal.
   */
  end(): Promise<void>;
}

/**
 * Starts a program that ends when this process does, however and whenever that happens, also when the program
 * itself no longer listens: a small shell holds a pipe to us, and signals the program when it closes. It is
 * the leader of a session of its own, so that Ctrl-C in a terminal is for us alone.
 *
 * @param signals sent one after the other, with seconds between them: `TERM 12 KILL`.
 * @param options standard input is always the pipe.
 */
export function spawnGuarded(
  command: readonly string[],
  signals: string,
  options: Omit<SpawnOptions, 'stdio' | 'detached'> & {
    readonly stdio: readonly ['pipe' | 'inherit' | 'ignore', 'pipe' | 'inherit' | 'ignore'];
  },
): GuardedProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', signals, ...command], {
    ...options,
    stdio: ['pipe', ...options.stdio],
    detached: true,
  });
  child.stdin?.on('error', () => {});
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code, signal) => {
      // Should the shell alone have been killed, what it ran notices that the pipe closes.
      child.stdin?.destroy();
      resolve(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15));
    });
  });
  const seconds = signals.split(' ').reduce((sum, word) => sum + (Number(word) || 0), 0);
  return {
    process: child,
    ended,
    async end() {
      child.stdin?.destroy();
      const timer = setTimeout(() => killGroup(child), seconds * 1_000 + GRACE_MILLISECONDS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Its process id is its group's, and is not given to another process before we have seen it end. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/**
 * Runs a guarded program to its end. @returns its exit code and what it wrote, the end of it if that is long.
 */
export async function runGuarded(
  command: readonly string[],
  signals: string,
  options: Omit<SpawnOptions, 'stdio' | 'detached'>,
): Promise<{ code: number; output: string }> {
  const guarded = spawnGuarded(command, signals, { ...options, stdio: ['pipe', 'pipe'] });
  let output = '';
  for (const stream of [guarded.process.stdout, guarded.process.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-10_000);
    });
  }
  const closed = once(guarded.process, 'close').catch(() => {});
  const code = await guarded.ended;
  await closed;
  return { code, output };
}
