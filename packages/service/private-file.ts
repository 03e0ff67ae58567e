import { closeSync, fchownSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

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

/** Makes the names in a folder durable. */
export function syncFolder(folder: string): void {
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
