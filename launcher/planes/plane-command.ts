import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Account } from '../home/accounts.ts';
import { permissionFlags } from './permissions.ts';
import type { PlaneName } from './plane-name.ts';
import type { Place } from './plane-place.ts';

/**
 * How much memory V8 takes for what may be thrown away. By default it lets four times of what is in use
 * gather on a machine with plenty of memory, and returns little of it: planes with 50 MiB in use would keep
 * 300.
 */
export const MEMORY_FLAGS = [
  // MiB of objects that were just made, of which three are kept: 16 each by default, for no more work a
  // second.
  '--max-semi-space-size=4',
  // So much may gather beyond what was in use at the last collection. No limit: what is needed is taken.
  '--heap-growing-percent=50',
];

/** How a plane's process is started. */
export interface PlaneCommand {
  readonly plane: PlaneName;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** null is our own. */
  readonly account: Account | null;
}

/**
 * The plane's main file, under the permissions that its environment asks for, as the account that it is
 * given.
 */
export function planeCommand(plane: PlaneName, environment: Readonly<Record<string, string>>, place: Place): PlaneCommand {
  const compiled = place.compiled[plane];
  return {
    plane,
    program: place.program,
    arguments: [
      ...MEMORY_FLAGS,
      // First of all, so that no moment passes in which it does not notice that we are gone.
      `--import=${pathToFileURL(join(compiled, 'end-with-launcher.mjs')).href}`,
      ...permissionFlags(plane, { code: place.code, compiled }, environment),
      join(compiled, 'main.mjs'),
    ],
    environment,
    workingDirectory: place.workingDirectory,
    account: place.home.accounts?.[plane] ?? null,
  };
}
