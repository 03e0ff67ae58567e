/**
 * Loaded before anything else of a plane (`node --import`). Takes away what Node's permission model leaves to
 * code that runs in the process, and that none of our code needs:
 *
 * - signals to other processes. SIGUSR1 opens the inspector of any Node process of the same account: the
 *   launcher's, or npm's, and a client of that inspector runs code there, without any limits. A signal also
 *   ends or halts the other plane.
 * - V8's flags, some of which make it write files wherever the account may.
 *
 * What is replaced here has no other way in: `process.binding` is refused under the permission model, and so
 * is every process and worker that would start with fresh originals.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

function refusing(name: string): () => never {
  return () => {
    throw Object.assign(new Error(`${name} is taken away from this process.`), { code: 'ERR_ACCESS_DENIED' });
  };
}

for (const name of ['kill', '_kill', '_debugProcess', '_debugEnd', 'binding', '_linkedBinding', 'dlopen', 'execve'] as const) {
  Object.defineProperty(process, name, { value: refusing(`process.${name}`), writable: false, configurable: false });
}

const v8 = createRequire(import.meta.url)('node:v8') as { setFlagsFromString: unknown };
v8.setFlagsFromString = refusing('v8.setFlagsFromString');
syncBuiltinESMExports();
