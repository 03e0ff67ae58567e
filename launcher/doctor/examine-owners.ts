import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { needsRoot } from '../home/account-checks.ts';
import { type Account, chooseAccounts, ROOT } from '../home/accounts.ts';
import { type Home, homeAt } from '../home/home.ts';
import type { StartSettings } from '../settings.ts';
import type { Finding } from './finding.ts';

const START_AGAIN = 'Stop Holdfast and start it again, which puts owners and modes right.';

/** Whether each part of the state belongs to the account that uses it, and is closed to all others. */
export function examineOwners(settings: StartSettings): Finding[] {
  const accounts = chooseAccounts(settings.accounts);
  const reason = accounts === null ? undefined : needsRoot(settings, accounts.data);
  const home = homeAt(settings.home, accounts && reason ? { ...accounts, data: ROOT } : accounts);
  const wrong = wronglyOwned(home);
  return [
    ...(reason === undefined
      ? []
      : [{ state: 'warning' as const, what: `The data plane runs as root: ${reason.what}.`, remedy: reason.remedy }]),
    ...(wrong.length > 0 ? wrong : [describeAccounts(home)]),
  ];
}

function describeAccounts({ folder, accounts }: Home): Finding {
  if (accounts !== null) {
    const { control, data, database } = accounts;
    return {
      state: 'fine',
      what: `State in ${folder}; each part belongs to its process alone (control ${control.uid}, data ${data.uid}, PostgreSQL ${database.uid}).`,
    };
  }
  return {
    state: 'warning',
    what: `State in ${folder}, private to this account, which all processes share: only Node's permission model stands between them.`,
    remedy: 'For more start as root, or run each plane as a user of its own: docs/guides/processes-and-accounts.md.',
  };
}

function wronglyOwned(home: Home): Finding[] {
  const { accounts } = home;
  const self = process.getuid?.();
  const ours: Account | undefined = self === undefined ? undefined : { uid: self, gid: process.getgid?.() ?? self };
  const control = accounts?.control ?? ours;
  const data = accounts?.data ?? ours;
  const credentials = dirname(home.databaseUrls.control);
  const passable = accounts === null ? 0 : 0o011;
  const expected: [path: string, owner: Account | undefined, allowed: number][] = [
    [home.folder, ours, passable],
    [credentials, ours, passable],
    [home.logs.folder, ours, 0],
    [home.database, ours, 0],
    [join(home.database, 'owner-password'), ours, 0],
    [join(home.database, 'data'), accounts?.database, 0],
    ...below(home.control).map((path): [string, Account | undefined, number] => [path, control, 0]),
    ...[...below(home.keys), ...below(home.data)].map((path): [string, Account | undefined, number] => [path, data, 0]),
    [home.databaseUrls.control, control, 0],
    [home.databaseUrls.data, data, 0],
  ];
  return expected.flatMap(([path, owner, allowed]) => examineOne(path, owner, allowed));
}

function examineOne(path: string, owner: Account | undefined, allowed: number): Finding[] {
  try {
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (facts === undefined || facts.isSymbolicLink()) return [];
    if (owner !== undefined && facts.uid !== owner.uid) {
      return [
        { state: 'wrong', what: `${path} belongs to account ${facts.uid}, not to ${owner.uid}, which uses it.`, remedy: START_AGAIN },
      ];
    }
    if ((facts.mode & 0o077 & ~allowed) !== 0) {
      return [
        { state: 'wrong', what: `${path} can be used by other accounts (mode ${(facts.mode & 0o777).toString(8)}).`, remedy: START_AGAIN },
      ];
    }
    return [];
  } catch (error) {
    return [
      {
        state: 'wrong',
        what: `${path} cannot be looked at (${(error as NodeJS.ErrnoException).code}).`,
        remedy: 'Run holdfast doctor as the account that starts Holdfast.',
      },
    ];
  }
}

/** The folder, and what lies directly in it. */
function below(folder: string): string[] {
  try {
    return [folder, ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])];
  } catch {
    return [folder];
  }
}
