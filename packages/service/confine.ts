/**
 * Loaded before anything else of a plane (`node --import`). Takes away what Node's permission model leaves to
 * code that runs in the process, and that none of our code needs:
 *
 * - signals to other processes. SIGUSR1 opens the inspector of any Node process of the same account: the
 *   launcher's, or npm's, and a client of that inspector runs code there, without any limits. A signal also
 *   ends or halts the other plane.
 * - V8's flags, some of which make it write files wherever the account may.
 * - threads without limits: one that is started with other flags has no permission model. Where a plane may
 *   start threads at all (`--allow-worker`), each is a program of the plane's own copy, under the same model
 *   and behind this file.
 *
 * What is replaced here has no other way in: `process.binding` is refused under the permission model, and so
 * is every process and thread that would start with fresh originals.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Worker, WorkerOptions } from 'node:worker_threads';

function refusing(name: string): () => never {
  return () => {
    throw Object.assign(new Error(`${name} is taken away from this process.`), { code: 'ERR_ACCESS_DENIED' });
  };
}

for (const name of ['kill', '_kill', '_debugProcess', '_debugEnd', 'binding', '_linkedBinding', 'dlopen', 'execve'] as const) {
  Object.defineProperty(process, name, { value: refusing(`process.${name}`), writable: false, configurable: false });
}

const require = createRequire(import.meta.url);
const v8 = require('node:v8') as { setFlagsFromString: unknown };
v8.setFlagsFromString = refusing('v8.setFlagsFromString');

// biome-ignore lint/complexity/useLiteralKeys: in a compiled copy this is the copy's own place, see launcher/programs/compile.ts
const here: string = import.meta['url'];
const OWN_FOLDER = new URL('.', here).href;
/** The other flags are the process's own, and none for a thread. */
const THREAD_FLAGS = [
  ...process.execArgv.filter((flag) => flag === '--permission' || /^--allow-fs-(?:read|write)=/.test(flag)),
  `--import=${here}`,
];
const threads = require('node:worker_threads') as { Worker: typeof Worker };
const Unconfined = threads.Worker;

function ConfinedWorker(program: unknown, options: WorkerOptions = {}): Worker {
  // Read once: what is looked at is what is run.
  const target = new URL(`${program}`, 'none:');
  if (options.eval || !target.href.startsWith(OWN_FOLDER)) return refusing('A thread of another program')();
  return new Unconfined(target, { ...options, eval: false, execArgv: THREAD_FLAGS });
}
ConfinedWorker.prototype = Unconfined.prototype;
Object.defineProperty(Unconfined.prototype, 'constructor', { value: ConfinedWorker, writable: false, configurable: false });
threads.Worker = ConfinedWorker as unknown as typeof Worker;
syncBuiltinESMExports();
