import { statSync } from 'node:fs';

/**
 * Does something in a folder with the rights of the account that owns it: a link that it put there leads
 * nowhere where it could not go itself, whenever it put it there. It may not be able to go through the
 * folders above, so that the folder is the working directory meanwhile, and paths begin there. Nothing else
 * may run meanwhile, so that the work is done at once. Who is not root has no other rights.
 */
export function withinFolder<T>(folder: string, work: () => T): T {
  const { uid, gid } = statSync(folder);
  const former = process.cwd();
  const isOther = process.geteuid?.() === 0 && uid !== 0;
  const groups = process.getgroups?.() ?? [];
  process.chdir(folder);
  try {
    if (isOther) {
      process.setgroups?.([gid]);
      process.setegid?.(gid);
      process.seteuid?.(uid);
    }
    return work();
  } finally {
    if (isOther) {
      process.seteuid?.(0);
      process.setegid?.(0);
      process.setgroups?.(groups);
    }
    process.chdir(former);
  }
}
