import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../report.ts';
import type { PlaneCommand } from './plane-command.ts';

/** Between two starts of a plane that dies: doubled each time, forgotten after some seconds of good health. */
const RESTART_FIRST_MILLISECONDS = 250;
const RESTART_LONGEST_MILLISECONDS = 5_000;
const HEALTHY_MILLISECONDS = 5_000;
/** A plane ends with this code when starting it again cannot help: a setting or a key is wrong. */
const EXIT_CONFIGURATION = 2;
const STOP_MILLISECONDS = 12_000;
const LOG_MAXIMUM_BYTES = 20 * 1_048_576;

export interface PlaneProcess {
  pid(): number | undefined;
  /** Rejects when the plane cannot be started at all. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * Runs a plane as a process of its own and starts it again when it dies. It ends when this process does: it holds a channel to us
 * and stops when that closes.
 *
 * @param logFile gets what it writes; the former one is kept beside it when it has grown beyond 20 MiB.
 */
export function runPlane(command: PlaneCommand, logFile: string, onRestart: (text: string) => void): PlaneProcess {
  const { plane } = command;
  let child: ChildProcess | undefined;
  const stopped = new AbortController();
  let recentErrors = '';
  const log = openLog(logFile);
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});

  const ended = (async () => {
    let pause = RESTART_FIRST_MILLISECONDS;
    while (!stopped.signal.aborted) {
      const startedAt = Date.now();
      recentErrors = '';
      child = spawn(command.program, command.arguments, {
        cwd: command.workingDirectory,
        env: command.environment,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // Ctrl-C in the terminal is for the launcher, which stops the planes before the database.
        detached: true,
      });
      child.stdout?.pipe(log, { end: false });
      child.stderr?.pipe(log, { end: false });
      child.stderr?.on('data', (chunk: Buffer) => {
        recentErrors = (recentErrors + chunk.toString('utf8')).slice(-2_000);
      });
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      if (stopped.signal.aborted) break;
      if (code === EXIT_CONFIGURATION) return fail(new CommandError(recentErrors.trim() || `The ${plane} plane cannot start.`));
      if (Date.now() - startedAt > HEALTHY_MILLISECONDS) pause = RESTART_FIRST_MILLISECONDS;
      onRestart(
        `The ${plane} plane ended (${signal ?? `code ${code}`}) and is started again. ${recentErrors.trim().split('\n').at(-1) ?? ''}`.trim(),
      );
      await sleep(pause, undefined, { signal: stopped.signal }).catch(() => {});
      pause = Math.min(pause * 2, RESTART_LONGEST_MILLISECONDS);
    }
  })();

  return {
    pid: () => child?.pid,
    failed,
    async stop() {
      stopped.abort();
      const running = child !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined;
      running?.kill('SIGTERM');
      const timer = setTimeout(() => running?.kill('SIGKILL'), STOP_MILLISECONDS);
      await ended;
      clearTimeout(timer);
      log.end();
    },
  };
}

function openLog(path: string) {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_MAXIMUM_BYTES) renameSync(path, `${path}.1`);
  return createWriteStream(path, { flags: 'a', mode: 0o600 });
}
