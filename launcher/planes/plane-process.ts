import { setTimeout as sleep } from 'node:timers/promises';
import { openLogFile } from '@holdfast/service/log-file';
import { type GuardedProcess, spawnGuarded } from '@holdfast/service/watchdog';
import { CommandError } from '@holdfast/terminal/report';
import type { PlaneCommand } from './plane-command.ts';
import { untilReady, untilSilent } from './readiness.ts';
import { pauseBeforeRestart } from './restart-pause.ts';

/** A plane ends with this code when starting it again cannot help: a setting or a key is wrong. */
const EXIT_CONFIGURATION = 2;
/** Before it was ever ready, a plane that ends by itself so many times in succession will not start. */
const FIRST_STARTS = 3;
/** A plane has 10 s to finish what is under way. */
export const PLANE_SIGNALS = 'TERM 12 KILL';

export interface PlaneProcess {
  pid(): number | undefined;
  /** Resolves when the plane is ready for the first time. */
  readonly ready: Promise<void>;
  /** Rejects when the plane cannot be started at all. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * Runs a plane as a process of its own and starts it again when it dies. It ends when this process does, at
 * whatever moment and however.
 *
 * @param url where it answers `/health/ready`.
 * @param logFile gets what it writes; see openLogFile.
 */
export function runPlane(command: PlaneCommand, url: string, logFile: string, onRestart: (text: string) => void): PlaneProcess {
  const { plane } = command;
  let running: GuardedProcess | undefined;
  const stopped = new AbortController();
  let recentErrors = '';
  const log = openLogFile(logFile);
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>();

  function start(): GuardedProcess {
    const guarded = spawnGuarded([command.program, ...command.arguments], PLANE_SIGNALS, {
      cwd: command.workingDirectory,
      env: command.environment,
      stdio: ['pipe', 'pipe'],
      ...command.account,
    });
    recentErrors = '';
    guarded.process.stdout?.on('data', (chunk: Buffer) => log.write(chunk));
    guarded.process.stderr?.on('data', (chunk: Buffer) => {
      log.write(chunk);
      recentErrors = (recentErrors + chunk.toString('utf8')).slice(-2_000);
    });
    return guarded;
  }

  const ended = (async () => {
    let wasEverReady = false;
    let failures = 0;
    while (!stopped.signal.aborted) {
      const guarded = start();
      running = guarded;
      const over = new AbortController();
      let isReady = false;
      void untilReady(url, over.signal).then(async (reached) => {
        if (!reached) return;
        isReady = true;
        wasEverReady = true;
        becomeReady();
        if (await untilSilent(url, over.signal)) {
          onRestart(`The ${plane} plane does not answer any more, and is ended.`);
          await guarded.end();
        }
      });
      const code = await guarded.ended;
      over.abort();
      if (stopped.signal.aborted) break;
      failures = isReady ? 0 : failures + 1;
      // By a signal it is killed from outside, which says nothing about the next start.
      const byItself = code < 128;
      if (code === EXIT_CONFIGURATION || (byItself && !wasEverReady && failures >= FIRST_STARTS)) {
        return fail(new CommandError(recentErrors.trim() || `The ${plane} plane cannot start (code ${code}).`));
      }
      onRestart(
        `The ${plane} plane ended (${describeEnd(code)}) and is started again. ${recentErrors.trim().split('\n').at(-1) ?? ''}`.trim(),
      );
      await sleep(pauseBeforeRestart(failures), undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();

  return {
    pid: () => running?.process.pid,
    ready,
    failed,
    async stop() {
      stopped.abort();
      await running?.end();
      await ended;
      await log.close();
    },
  };
}

/** A shell answers 128 + the signal that ended its child. */
function describeEnd(code: number): string {
  return code > 128 ? `signal ${code - 128}` : `code ${code}`;
}
