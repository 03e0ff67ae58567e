import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';
import { type ProcessRecord, processTree } from './processes.ts';

/** Flags of V8, and settings of glibc, that a plane's process has. */
export { MEMORY_FLAGS } from '../../launcher/planes/plane-command.ts';
export { MALLOC_SETTINGS } from '../../launcher/planes/plane-environments.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
const READY_MILLISECONDS = 120_000;
const LAUNCHER = join(repository, 'bin', 'holdfast.mjs');

/** A running Holdfast as people start it: one launcher, both planes, the embedded PostgreSQL. */
export interface Instance extends AsyncDisposable {
  /** HOLDFAST_HOME. */
  home: string;
  /** Where its temporary files go. */
  temporary: string;
  controlUrl: string;
  dataUrl: string;
  /** The launcher's process; everything else descends from it. */
  pid: number;
  /** What it has printed so far, standard output and errors together. */
  output(): string;
  /** The processes by what they do; `postgres` is the one that all its others descend from. */
  processes(): Promise<{ control: ProcessRecord; data: ProcessRecord; postgres: ProcessRecord; all: ProcessRecord[] }>;
  /** One plane's process; also where PostgreSQL is not ours. */
  plane(name: 'control' | 'data'): Promise<ProcessRecord>;
  /** Milliseconds from the start until both planes said that they are ready. */
  readyAfterMilliseconds: number;
  ready(withinMilliseconds?: number): Promise<void>;
  /** Ends it as Ctrl-C does and answers its exit code; the home stays. */
  stop(): Promise<number | null>;
  /** Ends only the launcher, with SIGKILL. */
  killLauncher(): Promise<void>;
}

/**
 * Names a home that was started once and stopped, without an account: a copy spares a start the database and
 * its migrations. Instances that are made of it have the same keys, so it is for tests of one instance each.
 */
const PREPARED = 'HOLDFAST_TEST_HOME';

export interface InstanceOptions {
  /** An existing home to start again; by default a new one, which is removed at the end. */
  home?: string;
  controlPort?: number;
  dataPort?: number;
  /** More variables; everything else of this process's environment is kept away. */
  environment?: Record<string, string>;
  readyWithinMilliseconds?: number;
}

export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'));
  const home = options.home ?? join(folder, 'home');
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const prepared = process.env[PREPARED];
  if (prepared !== undefined && options.home === undefined && options.environment?.DATABASE_URL === undefined) {
    // Databases and keys keep their owners.
    execFileSync('cp', ['-a', prepared, home]);
  }
  // Started by root, PostgreSQL runs as another account, which has to get through.
  if (process.getuid?.() === 0) for (const path of [folder, temporary]) await chmod(path, 0o755);
  const control = `127.0.0.1:${options.controlPort ?? (await freePort())}`;
  const data = `127.0.0.1:${options.dataPort ?? (await freePort())}`;
  const began = performance.now();
  const child = spawn(process.execPath, [LAUNCHER, 'start', '--json'], {
    cwd: folder,
    env: {
      ...cleanEnvironment(folder, temporary),
      HOLDFAST_HOME: home,
      HOLDFAST_CONTROL_LISTEN: control,
      HOLDFAST_DATA_LISTEN: data,
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid === undefined) throw new Error('The launcher could not be started.');
  const pid = child.pid;
  const output = collectOutput(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const controlUrl = `http://${control}`;
  const dataUrl = `http://${data}`;

  const ready = async (withinMilliseconds = READY_MILLISECONDS) => {
    await eventually(
      'both planes to be ready',
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) return 'ended';
        const answers = await Promise.all([controlUrl, dataUrl].map((url) => fetch(`${url}/health/ready`)));
        return answers.every((answer) => answer.ok) ? 'ready' : undefined;
      },
      { withinMilliseconds, everyMilliseconds: 25 },
    ).then((state) => {
      if (state === 'ended') throw new Error(`Holdfast ended with code ${child.exitCode}:\n${output()}`);
    });
  };
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    return ended;
  };
  const dispose = async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // It says so itself: asking from the outside all the while would slow it down.
    await eventually(
      'the launcher to say that it is ready',
      () => output().includes('{"ready":true') || child.exitCode !== null || child.signalCode !== null,
      {
        withinMilliseconds: options.readyWithinMilliseconds ?? READY_MILLISECONDS,
        everyMilliseconds: 25,
      },
    );
    await ready();
  } catch (error) {
    const text = output();
    await dispose();
    throw new Error(`Holdfast did not become ready. It printed:\n${text}`, { cause: error });
  }
  return {
    home,
    temporary,
    controlUrl,
    dataUrl,
    pid,
    output,
    ready,
    readyAfterMilliseconds: performance.now() - began,
    processes: () => findProcesses(pid),
    plane: (name) => eventually(`the ${name} plane's process`, async () => planeIn(await processTree(pid), name)),
    stop,
    async killLauncher() {
      child.kill('SIGKILL');
      await ended;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** A home for many instances; `variables` are those of the processes whose instances are to be made of it. */
export async function makePreparedHome(): Promise<{ readonly variables: Record<string, string>; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-prepared-'));
  const home = join(folder, 'home');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    if (process.getuid?.() === 0) await chmod(folder, 0o755);
    const instance = await startInstance({ home });
    await instance[Symbol.asyncDispose]();
    // What it said is not what a copy of it says.
    for (const logged of ['logs', join('database', 'postgresql.log')]) await rm(join(home, logged), { recursive: true, force: true });
  } catch (error) {
    await remove();
    throw error;
  }
  return { variables: { [PREPARED]: home }, remove };
}

/** What a person's shell has and nothing of Holdfast's own. */
export function cleanEnvironment(home: string, temporary: string): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, TMPDIR: temporary, LANG: 'C.UTF-8', NO_COLOR: '1' };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return () => text;
}

function planeIn(all: readonly ProcessRecord[], name: string): ProcessRecord | undefined {
  // Above each runs the shell that guards it, with the same words.
  return all.find((found) => !isShell(found) && isPlane(found, name));
}

/** It runs from its compiled copy. */
export function isPlane({ arguments: words }: ProcessRecord, name: string): boolean {
  return words.some((word) => word.includes(`/dist/${name}-`) && word.endsWith('/main.mjs'));
}

async function findProcesses(pid: number) {
  return eventually('the processes of both planes and of PostgreSQL', async () => {
    const all = await processTree(pid);
    const control = planeIn(all, 'control');
    const data = planeIn(all, 'data');
    const postgres = all.find((found) => !isShell(found) && found.program.endsWith('/postgres') && found.arguments.includes('-D'));
    return control && data && postgres ? { control, data, postgres, all } : undefined;
  });
}

function isShell({ arguments: [program = ''] }: ProcessRecord): boolean {
  return program.endsWith('/sh');
}

/** The one-time token that the setup page wants, as the control plane keeps it for the operator. */
export async function readSetupToken(home: string): Promise<string> {
  return (await readFile(join(home, 'control', 'setup-token'), 'utf8')).trim();
}
