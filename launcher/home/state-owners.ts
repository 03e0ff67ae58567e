import { chmodSync, chownSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isCanonicalUuid } from '@holdfast/envelope';
import { removeFirstName } from '@holdfast/service/private-file';
import { CommandError } from '@holdfast/terminal/report';
import type { PlaneName } from '../planes/plane-name.ts';
import { type Account, ROOT } from './accounts.ts';
import type { Home } from './home.ts';

/** May be passed through, not listed. */
const PASSABLE = 0o711;
const PRIVATE = 0o700;

/**
 * Puts right who owns the state, whichever account made it: a home of an earlier start, of an ordinary user,
 * or of root with shared accounts. Nothing of this home runs when it is called.
 */
export function giveState(home: Home): void {
  const { accounts } = home;
  const ours: Account = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  try {
    moveFormerFiles(home);
    if (process.platform !== 'win32') {
      // What lies in the folder of credentials is written again at each start.
      for (const folder of [home.folder, home.database, dirname(home.databaseUrls.control)]) own(folder, ours);
      ownAll(home.logs.folder, ours);
      ownAll(home.control, accounts?.control ?? ours);
      ownDataFolders(home, accounts?.data ?? ours);
    }
    for (const folder of [home.folder, dirname(home.databaseUrls.control)]) chmodSync(folder, accounts === null ? PRIVATE : PASSABLE);
    for (const folder of [home.database, home.keys, home.control, home.data, home.logs.folder]) chmodSync(folder, PRIVATE);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EACCES') throw error;
    throw new CommandError(`The state in ${home.folder} cannot be given to the accounts that use it (${path ?? 'chown'}: ${code}).`, {
      remedy:
        process.getuid?.() === 0
          ? 'Put HOLDFAST_HOME on a file system that keeps owners, or set HOLDFAST_ACCOUNTS=shared.'
          : 'Start as the account that owns it, or change its owner.',
    });
  }
}

/** For a plane that runs alone: the home, and its own folders in it. */
export function makePlaneFolders(home: Home, plane: PlaneName): void {
  const account = home.accounts?.[plane] ?? ROOT;
  if (!existsSync(home.folder)) {
    mkdirSync(home.folder, { recursive: true, mode: PRIVATE });
    chmodSync(home.folder, PASSABLE);
  }
  for (const folder of plane === 'control' ? [home.control] : [home.keys, home.data]) mkdirSync(folder, { recursive: true, mode: PRIVATE });
  if (plane === 'control') ownAll(home.control, account);
  else ownDataFolders(home, account);
}

/** What earlier versions kept in the planes' own folders. Passwords are made again. */
function moveFormerFiles(home: Home): void {
  for (const plane of ['control', 'data'] as const) {
    rmSync(join(home[plane], 'database-url'), { force: true });
    const log = join(home[plane], `${plane}.log`);
    if (existsSync(log) && lstatSync(log).isFile() && !existsSync(home.logs[plane])) renameSync(log, home.logs[plane]);
  }
}

/** A root key that a crash has left with two names would keep its owner: see ownBelow. */
function ownDataFolders(home: Home, account: Account): void {
  removeFirstName(join(home.keys, 'root.key'), isCanonicalUuid);
  for (const folder of [home.keys, home.data]) ownAll(folder, account);
}

/** The folder itself may be a link that the operator has made: what holds it is root's. */
function own(path: string, account: Account): void {
  const real = realpathSync(path);
  if (lstatSync(real).uid !== account.uid) chownSync(real, account.uid, account.gid);
}

function ownAll(path: string, account: Account): void {
  own(path, account);
  const real = realpathSync(path);
  for (const entry of readdirSync(real, { withFileTypes: true })) ownBelow(join(real, entry.name), account);
}

/**
 * In there a plane may have put anything: a link, or a second name of a file that is not its own, gains it
 * nothing.
 */
function ownBelow(path: string, account: Account): void {
  const facts = lstatSync(path);
  if (facts.isSymbolicLink() || (facts.isFile() && facts.nlink > 1)) return;
  if (facts.uid !== account.uid) lchownSync(path, account.uid, account.gid);
  if ((facts.mode & 0o077) !== 0) chmodSync(path, facts.mode & 0o700);
  if (facts.isDirectory()) for (const name of readdirSync(path)) ownBelow(join(path, name), account);
}
