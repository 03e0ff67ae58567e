import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from '@holdfast/terminal/report';
import type { Accounts } from './accounts.ts';
import { isHome } from './choose-home.ts';

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

/** @param folder an absolute path. */
export function homeAt(folder: string, accounts: Accounts | null = null): Home {
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

/** May be in a folder that becomes a home: keys that somebody keeps there, and what a file system makes. */
const BEFOREHAND = /^(?:keys|lost\+found|\..*)$/;

/**
 * Makes what is missing, readable by this account only; `giveState` then hands out what belongs to others.
 *
 * @throws CommandError `home_foreign` for a folder of something else: its `data` and `control` would be given
 *   to other accounts, and closed to their owners.
 */
export function makeHome(home: Home): void {
  refuseForeign(home);
  const folders = [home.folder, home.database, home.keys, home.control, home.data, home.logs.folder, dirname(home.databaseUrls.control)];
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new CommandError(`The folder ${folder} cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`, {
        remedy: 'Set HOLDFAST_HOME to a folder that this account may write to.',
      });
    }
  }
}

function refuseForeign({ folder }: Home): void {
  if (!existsSync(folder) || isHome(folder)) return;
  // An empty folder takes nothing from anybody: one of ours may be a volume of its own.
  const foreign = readdirSync(folder).find((name) => !BEFOREHAND.test(name) && !isEmptyFolder(join(folder, name)));
  if (foreign === undefined) return;
  throw new CommandError(`${folder} is no home of Holdfast: there is ${JSON.stringify(foreign)} in it.`, {
    code: 'home_foreign',
    remedy: 'Set HOLDFAST_HOME to a folder of its own, which is empty or not there yet.',
  });
}

function isEmptyFolder(path: string): boolean {
  return lstatSync(path).isDirectory() && readdirSync(path).every((name) => name === 'lost+found');
}
