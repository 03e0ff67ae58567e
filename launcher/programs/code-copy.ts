import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from '@holdfast/terminal/report';
import { commandLines } from '../planes/running-programs.ts';

/**
 * Root's copies for accounts that cannot reach a clone; PostgreSQL's programs are copied to the same place.
 */
export const SHARED_FOLDER = '/var/lib/holdfast';
/** In a copy: which clone it is of. */
const SOURCE_MARK = 'copied-from';

interface Entry {
  /** Below the copy. */
  readonly path: string;
  readonly source: string;
  readonly size: number;
  readonly changed: number;
  readonly executable: boolean;
}

/**
 * Copies what the planes run from (their compiled copies, what they read beside them, Node itself) to where
 * every account can read it. A copy is named by what it was made of, so that a changed clone gets another; it
 * is complete or not there. Former copies of the same clone, and those of clones that are gone, are removed
 * once no process runs from them.
 *
 * @param paths files and folders, below the clone.
 * @returns the folder to use in place of the clone; Node is `node` in it.
 * @throws CommandError when there is no place for it.
 */
export function copyCode(clone: string, paths: readonly string[], node: string, shared = SHARED_FOLDER): string {
  const entries = [...listFiles(clone, paths), fileEntry(node, 'node')];
  const digest = createHash('sha256');
  for (const { path, size, changed, executable } of entries) digest.update(`${path}\0${size}\0${changed}\0${executable}\n`);
  const folder = join(shared, `${cloneName(clone)}-${digest.digest('hex').slice(0, 16)}`);
  try {
    mkdirSync(shared, { recursive: true, mode: 0o755 });
    const { uid, mode } = lstatSync(shared);
    if (uid !== 0 || (mode & 0o022) !== 0) throw new Error('it can be changed by other accounts than root');
    if (!isComplete(folder, entries)) {
      const partial = `${folder}.${process.pid}`;
      rmSync(partial, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
      try {
        writeCopy(partial, clone, entries);
        renameSync(partial, folder);
      } finally {
        rmSync(partial, { recursive: true, force: true });
      }
    }
  } catch (error) {
    // Another start may have been faster.
    if (!isComplete(folder, entries)) {
      throw new CommandError(
        `The accounts that the planes run as cannot read ${clone}, and copying it to ${shared} failed: ${(error as Error).message}.`,
        {
          remedy:
            'Put the clone where every account can read it, such as /opt/holdfast; or start as an ordinary user; or set HOLDFAST_ACCOUNTS=shared.',
        },
      );
    }
  }
  removeOthers(shared, clone, folder);
  return folder;
}

function cloneName(clone: string): string {
  return `code-${createHash('sha256').update(clone).digest('hex').slice(0, 12)}`;
}

function listFiles(clone: string, paths: readonly string[]): Entry[] {
  return [...new Set(paths)].flatMap((path) => filesBelow(join(clone, path), path));
}

function filesBelow(source: string, path: string): Entry[] {
  if (!statSync(source).isDirectory()) return [fileEntry(source, path)];
  return readdirSync(source).flatMap((name) => filesBelow(join(source, name), `${path}/${name}`));
}

function fileEntry(source: string, path: string): Entry {
  const { size, mtimeMs, mode } = statSync(source);
  return { path, source, size, changed: mtimeMs, executable: (mode & 0o100) !== 0 };
}

function writeCopy(folder: string, clone: string, entries: readonly Entry[]): void {
  const made = new Set<string>();
  const make = (path: string): void => {
    if (made.has(path)) return;
    if (path !== folder) make(dirname(path));
    mkdirSync(path, { recursive: true });
    // Whatever the umask is.
    chmodSync(path, 0o755);
    made.add(path);
  };
  for (const { path, source, executable } of entries) {
    const target = join(folder, path);
    make(dirname(target));
    copyFileSync(source, target, constants.COPYFILE_FICLONE);
    chmodSync(target, executable ? 0o755 : 0o644);
  }
  writeFileSync(join(folder, SOURCE_MARK), `${clone}\n`, { mode: 0o644 });
}

/** By size: after a power failure files of a finished copy may be there, and empty. */
function isComplete(folder: string, entries: readonly Entry[]): boolean {
  return (
    existsSync(join(folder, SOURCE_MARK)) &&
    entries.every(({ path, size }) => lstatSync(join(folder, path), { throwIfNoEntry: false })?.size === size)
  );
}

function removeOthers(shared: string, clone: string, current: string): void {
  const running = commandLines();
  for (const name of readdirSync(shared)) {
    const folder = join(shared, name);
    if (!/^code-[0-9a-f]{12}-[0-9a-f]{16}(?:\.\d+)?$/.test(name) || folder === current) continue;
    if (running.some((line) => line.includes(`${folder}/`))) continue;
    const [, writer] = /\.(\d+)$/.exec(name) ?? [];
    if (writer !== undefined ? isRunning(Number(writer)) : !isOf(folder, clone)) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of this clone, or of one that is gone. */
function isOf(folder: string, clone: string): boolean {
  try {
    const source = readFileSync(join(folder, SOURCE_MARK), 'utf8').trim();
    return source === clone || !existsSync(source);
  } catch {
    return true;
  }
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
