import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Accounts } from './accounts.ts';

/** Where everything of one instance lies. */
export interface Home {
  readonly folder: string;
  /** Who owns the planes' and PostgreSQL's parts; null when everything is ours. */
  readonly accounts: Accounts | null;
  readonly lock: string;
  readonly database: string;
  readonly keys: string;
  readonly control: string;
  readonly data: string;
  readonly setupToken: string;
  /**
   * How each plane logs in to the database. The folder is the launcher's, so that no plane can put a link in
   * their place.
   */
  readonly databaseUrls: { readonly control: string; readonly data: string };
  /** Also the launcher's. */
  readonly logs: { readonly folder: string; readonly control: string; readonly data: string };
}

/** HOLDFAST_HOME, by default .holdfast in the working directory. */
export function homeAt(path: string | undefined, accounts: Accounts | null = null): Home {
  const folder = resolve(path ?? '.holdfast');
  return {
    folder,
    accounts,
    lock: join(folder, 'lock'),
    database: join(folder, 'database'),
    keys: join(folder, 'keys'),
    control: join(folder, 'control'),
    data: join(folder, 'data'),
    setupToken: join(folder, 'control', 'setup-token'),
    databaseUrls: { control: join(folder, 'credentials', 'control-database-url'), data: join(folder, 'credentials', 'data-database-url') },
    logs: { folder: join(folder, 'logs'), control: join(folder, 'logs', 'control.log'), data: join(folder, 'logs', 'data.log') },
  };
}

/**
 * Makes what is missing, readable by this account only; `giveState` then hands out what belongs to others.
 */
export function makeHome(home: Home): void {
  const folders = [home.folder, home.database, home.keys, home.control, home.data, home.logs.folder, dirname(home.databaseUrls.control)];
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
}
