import { chmodSync, copyFileSync, existsSync, readdirSync, realpathSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from '@holdfast/terminal/report';
import { type Accounts, canEnter, unreadableFor } from './accounts.ts';
import { copyCode } from './code-copy.ts';
import { type Home, homeAt } from './home.ts';

const REPOSITORY = join(import.meta.dirname, '..');
/** Public certificates that any program is given the path of. */
const CERTIFICATE_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'] as const;

/** Where a plane finds things, as its own account sees them. */
export interface Place {
  readonly program: string;
  readonly code: string;
  readonly home: Home;
  readonly workingDirectory: string;
  /** Variables that name another path than ours. */
  readonly certificates: Readonly<Record<string, string>>;
}

/**
 * The clone, our Node and the home as they are, or by a way that the accounts can go where they cannot reach
 * them.
 */
export function placeFor(home: Home): Place {
  const { accounts } = home;
  if (accounts === null) {
    return { program: process.execPath, code: REPOSITORY, home, workingDirectory: REPOSITORY, certificates: {} };
  }
  const seen = reachableHome(home, accounts);
  const certificates = readableCertificates(home, seen, accounts);
  const workingDirectory = seen === home ? '/' : home.folder;
  const clone = realpathSync(REPOSITORY);
  const node = realpathSync(process.execPath);
  if (unreadableFor(accounts.control, [node, ...codeFolders(clone)]).length === 0) {
    return { program: node, code: clone, home: seen, workingDirectory, certificates };
  }
  const code = copyCode(clone, node);
  return { program: join(code, 'node'), code, home: seen, workingDirectory, certificates };
}

/** Those that a umask of 077, or a folder above that others may not enter, would show in. */
function codeFolders(clone: string): string[] {
  const below = (folder: string) => readdirSync(join(clone, folder)).map((name) => join(clone, folder, name));
  return [
    join(clone, 'package.json'),
    ...['control', 'data', 'packages', 'connectors', 'db', 'node_modules', 'console/dist'].flatMap(below),
  ];
}

/**
 * A folder that cannot be reached by its path can be by who stands in it; then it is the working directory.
 */
function reachableHome(home: Home, accounts: Accounts): Home {
  if (canEnter(accounts.control, home.folder)) return home;
  if (process.platform === 'linux') return homeAt('/proc/self/cwd', accounts);
  throw new CommandError(`The accounts that the planes run as cannot enter ${home.folder}.`, {
    remedy: 'Set HOLDFAST_HOME to a folder below ones that every account may enter, such as /var/lib/holdfast/home.',
  });
}

function readableCertificates(home: Home, seen: Home, accounts: Accounts): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const name of CERTIFICATE_VARIABLES) {
    const path = process.env[name];
    if (!path || !existsSync(path) || unreadableFor(accounts.control, [path]).length === 0) continue;
    const file = `${name.toLowerCase()}.pem`;
    const target = join(dirname(home.databaseUrls.control), file);
    copyFileSync(path, `${target}.partial`);
    chmodSync(`${target}.partial`, 0o444);
    renameSync(`${target}.partial`, target);
    paths[name] = join(dirname(seen.databaseUrls.control), file);
  }
  return paths;
}
