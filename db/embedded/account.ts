import { chownSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';

/** The operating system's account that PostgreSQL runs as; null is our own. */
export type Account = { readonly uid: number; readonly gid: number } | null;

/**
 * The account to run PostgreSQL as, which refuses to run as root. Its tools also want an account that has a
 * name: as root it is `postgres`, else `nobody`.
 *
 * @throws EmbeddedError as root on a machine that has neither.
 */
export function chooseAccount(): Account {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const found = accounts.find((fields) => fields[0] === name);
    if (found) return { uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new EmbeddedError(
    'PostgreSQL does not run as root, and this machine has neither an account "postgres" nor "nobody". Start as an ordinary user, or set DATABASE_URL.',
  );
}

/**
 * Hands a folder and all that is in it to the account; itself last, so that its owner shows whether
 * everything was done.
 */
export function changeOwner(account: Account, path: string): void {
  if (account === null) return;
  if (lstatSync(path).isDirectory()) {
    for (const entry of readdirSync(path)) {
      const child = join(path, entry);
      if (!lstatSync(child).isSymbolicLink()) changeOwner(account, child);
    }
  }
  chownSync(path, account.uid, account.gid);
}
