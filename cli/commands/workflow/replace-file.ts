import { randomBytes } from 'node:crypto';
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Writes a file of a person so that it has its former text or the new one, whole, also when the disk is full.
 * A link stays one, and a file keeps its mode. What is no file, such as /dev/stdout, is written to.
 */
export function replaceFile(path: string, text: string): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts !== undefined && (!facts.isFile() || /^\/dev\/(?:stdout|stderr|fd\/\d+)$/.test(path))) {
    writeFileSync(path, text);
    return;
  }
  const place = facts === undefined ? path : realpathSync(path);
  const partial = `${place}.${randomBytes(4).toString('hex')}.part`;
  try {
    writeFileSync(partial, text, { flag: 'wx', mode: facts === undefined ? 0o666 : facts.mode & 0o777 });
    renameSync(partial, place);
  } finally {
    rmSync(partial, { force: true });
  }
}
