import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { cleanEnvironment, isPlane, repository } from './instance.ts';
import { freePort } from './ports.ts';
import { processTree } from './processes.ts';

/**
 * One plane's process as `holdfast control` or `holdfast data` starts it: a node of an instance that several
 * share.
 */
export interface TestNode extends AsyncDisposable {
  readonly url: string;
  /** Of the plane's own process, not of what guards it. */
  readonly pid: number;
  /** What it has printed so far, its log included. */
  output(): string;
  /** Ends it as a service manager does, and waits. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL, and waits. */
  kill(): Promise<void>;
}

/** Fails with what the process printed when it ends before it is ready. */
export async function startNode(plane: 'control' | 'data', home: string, environment: Record<string, string>): Promise<TestNode> {
  const temporary = await mkdtemp(join(tmpdir(), 'holdfast-node-'));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(process.execPath, [join(repository, 'bin', 'holdfast.mjs'), plane], {
    cwd: temporary,
    env: {
      ...cleanEnvironment(temporary, temporary),
      HOLDFAST_HOME: home,
      [plane === 'control' ? 'HOLDFAST_CONTROL_LISTEN' : 'HOLDFAST_DATA_LISTEN']: address,
      // Only root can choose; the homes here are its own.
      ...(process.getuid?.() === 0 && { HOLDFAST_ACCOUNTS: 'shared' }),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  let ended = false;
  const exit = new Promise<void>((resolve) =>
    child.once('exit', () => {
      ended = true;
      resolve();
    }),
  );
  const url = `http://${address}`;
  const main = async () => {
    const all = await processTree(child.pid ?? 0);
    return all.find((found) => !found.arguments[0]?.endsWith('/sh') && isPlane(found, plane))?.pid;
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL', pid: number) => {
    if (!ended) process.kill(pid, signal);
    await exit;
  };
  const pid = await eventually(
    `the ${plane} plane to be ready`,
    async () => {
      if (ended) return 'ended' as const;
      return (await fetch(`${url}/health/ready`)).ok ? await main() : undefined;
    },
    { withinMilliseconds: 60_000 },
  );
  if (pid === 'ended') {
    await rm(temporary, { recursive: true, force: true });
    throw new Error(`The ${plane} plane ended:\n${text}`);
  }
  return {
    url,
    pid,
    output: () => text,
    stop: () => end('SIGTERM', pid),
    kill: () => end('SIGKILL', pid),
    async [Symbol.asyncDispose]() {
      // One that a test has frozen does not hear the other.
      if (!ended) process.kill(pid, 'SIGCONT');
      await end('SIGTERM', pid);
      await rm(temporary, { recursive: true, force: true });
    },
  };
}
