import { closeSync, fchownSync, fsyncSync, lstatSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file that its owner alone may read (0400), in place of one that is there: complete and on the disk
 * before it has its name, so that neither a kill nor a power cut leaves half of it.
 *
 * @param owner another account, for root to give it to.
 */
export function writePrivateFile(path: string, text: string, owner?: { readonly uid: number; readonly gid: number }): void {
  const unfinished = `${path}.partial`;
  // One that was killed halfway left it, and it cannot be written to.
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, 'wx', 0o400);
  try {
    writeFileSync(file, text);
    // By the file that is open: in a folder of that account its name could lead elsewhere by now.
    if (owner) fchownSync(file, owner.uid, owner.gid);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  syncFolder(dirname(path));
}

/**
 * Removes the name under which a file was written, where a crash came between giving the file its own name
 * and taking that one away. The file stays, and so does every other file.
 *
 * @param isFirst says of what stands behind the file's name and a dot whether it makes such a name.
 */
export function removeFirstName(path: string, isFirst: (ending: string) => boolean): void {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (!facts?.isFile() || facts.nlink === 1) return;
  const [folder, beginning] = [dirname(path), `${basename(path)}.`];
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(beginning) || !isFirst(name.slice(beginning.length))) continue;
    const other = lstatSync(join(folder, name));
    if (other.ino === facts.ino && other.dev === facts.dev) rmSync(join(folder, name));
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(folder: string): void {
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
