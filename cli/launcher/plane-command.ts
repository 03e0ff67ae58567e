import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { permissionFlags } from './permissions.ts';
import type { PlaneName } from './plane-environments.ts';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

/** How a plane's process is started. */
export interface PlaneCommand {
  readonly plane: PlaneName;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/** The plane's main file on our own Node, under the permissions that its environment asks for. */
export function planeCommand(plane: PlaneName, environment: Readonly<Record<string, string>>, workingDirectory = REPOSITORY): PlaneCommand {
  return {
    plane,
    program: process.execPath,
    arguments: [
      // First of all, so that no moment passes in which it does not notice that we are gone.
      `--import=${pathToFileURL(join(REPOSITORY, 'packages', 'service', 'end-with-launcher.ts')).href}`,
      ...permissionFlags(plane, REPOSITORY, environment),
      join(REPOSITORY, plane, 'main.ts'),
    ],
    environment,
    workingDirectory,
  };
}
