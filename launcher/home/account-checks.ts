import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hostAndPort } from '@holdfast/envelope';
import { filesNamedFor, type ListenAddress, readSettings, SETTINGS } from '@holdfast/settings';
import { CommandError } from '@holdfast/terminal/report';
import type { PlaneName } from '../planes/plane-name.ts';
import type { StartSettings } from '../settings.ts';
import { type Account, type Accounts, ROOT, unreadableFor, unwritableFor } from './accounts.ts';

/**
 * Checks what the settings name against what each plane's own account may use, before anything is started.
 * The control plane is never more than its account. The data plane stays root where an operator's folder or
 * root key is for root only, and that is said.
 *
 * @throws CommandError that names the variable and what to run.
 */
export function checkAccounts(settings: StartSettings, accounts: Accounts, say: (text: string) => void): Accounts {
  refuseUnreadable(SETTINGS.sessionKeyFile.variable, settings.sessionKeyFile, 'control', accounts.control);
  refuseLowPort(SETTINGS.controlListen.variable, settings.controlListen);
  const reason = needsRoot(settings, accounts.data);
  if (reason === undefined) {
    refuseLowPort(SETTINGS.dataListen.variable, settings.dataListen);
    return accounts;
  }
  say(`The data plane runs as root, not as an account of its own: ${reason.what}. To change that: ${reason.remedy}`);
  return { ...accounts, data: ROOT };
}

/** The first of the operator's own files that the data plane's account cannot use. */
export function needsRoot(settings: StartSettings, account: Account): { what: string; remedy: string } | undefined {
  for (const { path } of settings.sourceFolders) {
    if (existsSync(path) && unreadableFor(account, [path]).length > 0) {
      return {
        what: `${SETTINGS.sourceFolders.variable} names ${path}, which account ${account.uid} cannot read`,
        remedy: `setfacl -R -m u:${account.uid}:rX ${path}, and let it enter the folders above.`,
      };
    }
  }
  const key = settings.rootKeyFile;
  if (key === undefined) return undefined;
  const usable = existsSync(key) ? unreadableFor(account, [key]).length === 0 : unwritableFor(account, [dirname(key)]).length === 0;
  if (usable) return undefined;
  return {
    what: `${SETTINGS.rootKeyFile.variable} is ${key}, which account ${account.uid} cannot read`,
    remedy: `chown ${account.uid} ${existsSync(key) ? key : dirname(key)}, and let it enter the folders above.`,
  };
}

/**
 * For a plane that runs alone: what its environment names. @throws CommandError that names the variable and
 * what to run.
 */
export function refuseUnreadableSettings(plane: PlaneName, environment: NodeJS.ProcessEnv, account: Account): void {
  for (const { variable, path } of filesNamedFor(plane, environment)) refuseUnreadable(variable, path, plane, account);
  if (plane === 'control') return;
  const { sourceFolders } = readSettings(environment, ['launcher', 'data'], { unreadableFiles: 'ignore' });
  for (const { path } of sourceFolders) refuseUnreadable(SETTINGS.sourceFolders.variable, path, plane, account);
}

function refuseUnreadable(variable: string, path: string | undefined, plane: PlaneName, account: Account): void {
  if (!path || !existsSync(path) || unreadableFor(account, [path]).length === 0) return;
  throw new CommandError(`${variable}: the ${plane} plane runs as account ${account.uid}, which cannot read ${path}.`, {
    remedy: `Let it: chown ${account.uid} ${path}, and let it enter the folders above. With HOLDFAST_ACCOUNTS=shared both planes run as root.`,
    exitCode: 2,
  });
}

/** Below this only root may listen, or who has the capability. */
function refuseLowPort(variable: string, address: ListenAddress): void {
  const { port } = address;
  const first = readFirstPort();
  if (port === 0 || !(port < first)) return;
  throw new CommandError(
    `${variable} (${hostAndPort(address)}): only root may listen on ports below ${first}, and the planes run as other accounts.`,
    {
      remedy: `Put a proxy that does TLS in front, or allow it: sysctl net.ipv4.ip_unprivileged_port_start=${port}`,
      exitCode: 2,
    },
  );
}

function readFirstPort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    return 1_024;
  }
}
