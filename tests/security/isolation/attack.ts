/**
 * Code of an attacker inside a plane's process: loaded as a preload, after everything that the launcher puts
 * first. Tries what ATTACK lists and prints one line of JSON; the plane itself never starts.
 */
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync, symlinkSync, writeFileSync } from 'node:fs';
import * as inspector from 'node:inspector';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

export interface Targets {
  /** Files to read. */
  files: string[];
  /** The plane's own folder. */
  own: string;
  /** A file to make outside the plane's own folder. */
  outside: string;
  /** The other plane's process. */
  pid: number;
  /** Everybody's program and library. */
  program: string;
  library: string;
}

const targets = JSON.parse(process.env.ATTACK ?? '{}') as Targets;
const results: Record<string, string> = {};

async function attempt(name: string, action: () => unknown): Promise<void> {
  try {
    await action();
    results[name] = 'done';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    results[name] = code ?? message;
  }
}

for (const path of targets.files) await attempt(`read ${path}`, () => readFileSync(path));
for (const path of targets.files)
  await attempt(`read by another spelling ${path}`, () => readFileSync(Buffer.from(`${import.meta.dirname}/${'../'.repeat(20)}${path}`)));
await attempt('list the folder of keys', () => readdirSync((targets.files[0] ?? '').replace(/\/[^/]*$/, '')));
await attempt("read the other plane's environment", () => readFileSync(`/proc/${targets.pid}/environ`));
await attempt("read the other plane's memory", () => {
  const start = Number.parseInt(readFileSync(`/proc/${targets.pid}/maps`, 'latin1'), 16);
  const memory = openSync(`/proc/${targets.pid}/mem`, 'r');
  readSync(memory, Buffer.alloc(4), 0, 4, start);
  closeSync(memory);
});
await attempt('put a link into its own folder', () => symlinkSync(targets.files[0] ?? '', `${targets.own}/link-${process.pid}`));
await attempt('write outside', () => writeFileSync(targets.outside, 'x'));
await attempt('write outside with SQLite', async () => {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(`${targets.outside}.sqlite`);
  database.exec('create table t (c)');
  database.close();
});
await attempt('make V8 write files', () => setFlagsFromString('--redirect-code-traces'));
await attempt('start a program', () => execFileSync(targets.program));
await attempt(
  'start a worker',
  () =>
    new Promise((resolve, reject) => {
      const worker = new Worker('0', { eval: true, execArgv: [] });
      worker.once('exit', resolve);
      worker.once('error', reject);
    }),
);
await attempt('start a worker from its own folder', () => {
  const program = `${targets.own}/worker-${process.pid}.mjs`;
  writeFileSync(program, '');
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { execArgv: [] });
    worker.once('exit', (code) => (code === 0 ? resolve(code) : reject(new Error(`exit ${code}`))));
    worker.once('error', reject);
  });
});
await attempt('start a worker by what its own workers are made of', () => {
  const Made = Worker.prototype.constructor as typeof Worker;
  return new Promise((resolve, reject) => {
    const worker = new Made('0', { eval: true, execArgv: [] });
    worker.once('exit', resolve);
    worker.once('error', reject);
  });
});
await attempt('load native code', () => {
  try {
    process.dlopen({ exports: {} }, targets.library);
  } catch (error) {
    // It was loaded, and is only no addon.
    if (!(error as Error).message.includes('did not self-register')) throw error;
  }
});
await attempt('open the inspector', () => {
  inspector.open(0, '127.0.0.1');
  inspector.close();
});
await attempt('inspect itself', () => new inspector.Session().connect());
await attempt('signal the other plane', () => process.kill(targets.pid, 0));
await attempt('open the inspector of another process', () =>
  (process as unknown as { _debugProcess(pid: number): void })._debugProcess(targets.pid),
);
await attempt('reach the bindings', () => (process as unknown as { binding(name: string): unknown }).binding('spawn_sync'));
// What it may do, so that a test that refuses everything for another reason is noticed.
await attempt('open a connection', () => new Promise<void>((resolve) => connect(1, '127.0.0.1').once('error', () => resolve())));

process.stdout.write(`${JSON.stringify(results)}\n`, () => process.exit(0));
