import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '../harness/instance.ts';

export interface RunningHoldfast {
  /** What `holdfast start` prints first; in JSON with `json`. */
  readonly ready: Promise<string>;
  /** Its exit code. */
  readonly ended: Promise<number>;
  stop(): void;
}

/** `holdfast start` with these variables, which ends with this process, however that happens. */
export function startHoldfast(environment: Readonly<Record<string, string>>, { json = false }: { json?: boolean } = {}): RunningHoldfast {
  const child = spawn(process.execPath, [join(repository, 'bin', 'holdfast.mjs'), 'start', ...(json ? ['--json'] : [])], {
    cwd: repository,
    env: { ...process.env, ...environment },
    // The channel says when this process is gone.
    stdio: ['inherit', 'pipe', 'inherit', 'ipc'],
  });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString()));
    void ended.then((code) => reject(new Error(`Holdfast ended with code ${code} before it was ready.`)));
  });
  // Who does not wait for it learns the same from `ended`.
  ready.catch(() => {});
  // This process waits for the child, and then ends the services.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return { ready, ended, stop: () => void child.kill('SIGTERM') };
}

/** What the operator allows, with these private addresses added. */
export function allowing(addresses: readonly string[]): string {
  return [process.env.HOLDFAST_EGRESS_ALLOW, ...addresses].filter(Boolean).join(',');
}
