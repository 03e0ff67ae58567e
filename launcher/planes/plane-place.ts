import { chmodSync, copyFileSync, existsSync, readdirSync, realpathSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError } from '@holdfast/terminal/report';
import { type Accounts, canEnter, unreadableFor } from '../home/accounts.ts';
import { type Home, homeAt } from '../home/home.ts';
import { copyCode } from '../programs/code-copy.ts';
import { compileWhenNeeded } from '../programs/compiled.mjs';
import { buildConsoleWhenNeeded } from '../programs/console-build.ts';
import { BESIDE_COMPILED } from './permissions.ts';
import type { PlaneName } from './plane-name.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
/** Public certificates that any program is given the path of. */
const CERTIFICATE_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'] as const;

/** Where a plane finds things, as its own account sees them. */
export interface Place {
  readonly program: string;
  readonly code: string;
  /** The folder of each plane's compiled copy, in `code`. */
  readonly compiled: Readonly<Record<PlaneName, string>>;
  readonly home: Home;
  readonly workingDirectory: string;
  /** Variables that name another path than ours. */
  readonly certificates: Readonly<Record<string, string>>;
}

/**
 * The clone, our Node and the home as they are, or by a way that the accounts can go where they cannot reach
 * them. Makes the compiled copies of these planes, and the console that the control plane serves, when they
 * are not there or older than their sources.
 *
 * @param say gets a line when something is made that takes a while.
 * @throws CommandError when one of them is missing and cannot be made.
 */
export async function placeFor(home: Home, planes: readonly PlaneName[], say: (line: string) => void): Promise<Place> {
  const { accounts } = home;
  if (planes.includes('control')) await buildConsoleWhenNeeded(() => say('Building the console (once) …'));
  const folders = await compiledFolders(planes, () => say('Compiling Holdfast (once) …'));
  const compiled = (code: string) =>
    Object.fromEntries([...folders].map(([plane, folder]) => [plane, join(code, 'dist', folder)])) as Record<PlaneName, string>;
  if (accounts === null) {
    const code = REPOSITORY;
    return { program: process.execPath, code, compiled: compiled(code), home, workingDirectory: REPOSITORY, certificates: {} };
  }
  const seen = reachableHome(home, accounts);
  const certificates = readableCertificates(home, seen, accounts);
  const workingDirectory = seen === home ? '/' : home.folder;
  const clone = realpathSync(REPOSITORY);
  const node = realpathSync(process.execPath);
  const paths = [...folders].flatMap(([plane, folder]) => [join('dist', folder), ...BESIDE_COMPILED[plane]]);
  if (unreadableFor(accounts.control, [node, ...paths.flatMap((path) => withContents(join(clone, path)))]).length === 0) {
    return { program: node, code: clone, compiled: compiled(clone), home: seen, workingDirectory, certificates };
  }
  const code = copyCode(clone, paths, node);
  return { program: join(code, 'node'), code, compiled: compiled(code), home: seen, workingDirectory, certificates };
}

/** The name, in dist, of each plane's copy. */
async function compiledFolders(planes: readonly PlaneName[], onCompile: () => void): Promise<Map<PlaneName, string>> {
  const { folders, failure } = await compileWhenNeeded(REPOSITORY, planes, process.execPath, onCompile);
  return new Map(
    [...folders].map(([plane, folder]) => {
      if (folder !== undefined) return [plane, basename(folder)];
      throw new CommandError(`The ${plane} plane could not be compiled. ${failure ?? 'Its sources change.'}`, {
        remedy: `Run npm install, which brings what compiles it, as an account that may write to ${REPOSITORY}; then start again.`,
      });
    }),
  );
}

/** A umask of 077, or a folder above that others may not enter, shows in these. */
function withContents(path: string): string[] {
  return statSync(path).isDirectory() ? [path, ...readdirSync(path).map((name) => join(path, name))] : [path];
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
