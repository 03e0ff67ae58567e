import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where everything of one instance lies. */
export interface Home {
  readonly folder: string;
  readonly lock: string;
  readonly database: string;
  readonly keys: string;
  readonly control: string;
  readonly data: string;
  readonly setupToken: string;
}

/** HOLDFAST_HOME, by default .holdfast in the working directory. */
export function homeAt(path: string | undefined): Home {
  const folder = resolve(path ?? '.holdfast');
  return {
    folder,
    lock: join(folder, 'lock'),
    database: join(folder, 'database'),
    keys: join(folder, 'keys'),
    control: join(folder, 'control'),
    data: join(folder, 'data'),
    setupToken: join(folder, 'control', 'setup-token'),
  };
}

/** Makes what is missing, readable by this account only. */
export function makeHome(home: Home): void {
  for (const folder of [home.folder, home.database, home.keys, home.control, home.data])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
}
