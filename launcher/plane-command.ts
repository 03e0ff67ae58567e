import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Account } from './accounts.ts';
import { permissionFlags } from './permissions.ts';
import type { PlaneName } from './plane-environments.ts';
import type { Place } from './plane-place.ts';

/**
 * Of objects that were just made, a semi-space of V8: three of them are kept. It would take 16 MiB each while
 * documents pass, and keep them, for no more of them a second.
 */
const DATA_YOUNG_MEBIBYTES = 4;

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
      ...(plane === 'data' ? [`--max-semi-space-size=${DATA_YOUNG_MEBIBYTES}`] : []),
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
