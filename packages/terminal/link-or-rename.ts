import { existsSync, linkSync, renameSync } from 'node:fs';

/**
 * Gives a finished file its name. A link is refused by the file system when the name is taken meanwhile; not
 * every one has links. The partial name may be left: remove it.
 *
 * @throws an error with the code `EEXIST` when there is such a file; others of the file system.
 */
export function linkOrRename(partial: string, path: string): void {
  try {
    linkSync(partial, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(code)) throw error;
    if (existsSync(path)) throw Object.assign(new Error('There is a file.'), { code: 'EEXIST' });
    renameSync(partial, path);
  }
}
