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
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from '@holdfast/terminal/report';
import { neededPackages } from './needed-packages.ts';

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
  readonly kind: 'file' | 'link';
  readonly size: number;
  readonly changed: number;
  readonly executable: boolean;
}

/**
 * Copies what the planes run from (their code, the packages they need, the console, Node itself) to where
 * every account can read it. A copy is named by what it was made of, so that a changed clone gets another; it
 * is complete or not there. Former copies of the same clone, and those of clones that are gone, are removed
 * once no process runs from them.
 *
 * @returns the folder to use in place of the clone; Node is `node` in it.
 * @throws CommandError when there is no place for it.
 */
export function copyCode(clone: string, node: string, shared = SHARED_FOLDER): string {
  const entries = [...listCode(clone), fileEntry(node, 'node')];
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

function listCode(clone: string): Entry[] {
  const entries: Entry[] = [fileEntry(join(clone, 'package.json'), 'package.json')];
  for (const { folder, link } of neededPackages(clone, ['control', 'data'])) {
    if (link) entries.push(linkEntry(join(clone, folder), folder));
    else walk(join(clone, folder), folder, entries);
  }
  walk(join(clone, 'console', 'dist'), 'console/dist', entries);
  return entries;
}

/** Packages in its node_modules have their own rows in the lockfile. */
function walk(source: string, path: string, entries: Entry[]): void {
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), `${path}/${entry.name}`];
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') walk(from, to, entries);
    } else if (entry.isSymbolicLink()) entries.push(linkEntry(from, to));
    else if (entry.isFile()) entries.push(fileEntry(from, to));
  }
}

function fileEntry(source: string, path: string): Entry {
  const { size, mtimeMs, mode } = lstatSync(source);
  return { path, source, kind: 'file', size, changed: mtimeMs, executable: (mode & 0o100) !== 0 };
}

function linkEntry(source: string, path: string): Entry {
  const { size, mtimeMs } = lstatSync(source);
  return { path, source, kind: 'link', size, changed: mtimeMs, executable: false };
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
  for (const { path, source, kind, executable } of entries) {
    const target = join(folder, path);
    make(dirname(target));
    if (kind === 'link') symlinkSync(readlinkSync(source), target);
    else {
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
      chmodSync(target, executable ? 0o755 : 0o644);
    }
  }
  writeFileSync(join(folder, SOURCE_MARK), `${clone}\n`, { mode: 0o644 });
}

/** By size: after a power failure files of a finished copy may be there, and empty. */
function isComplete(folder: string, entries: readonly Entry[]): boolean {
  return (
    existsSync(join(folder, SOURCE_MARK)) &&
    entries.every(({ path, kind, size }) => {
      const facts = lstatSync(join(folder, path), { throwIfNoEntry: false });
      return facts !== undefined && (kind === 'link' ? facts.isSymbolicLink() : facts.size === size);
    })
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

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
