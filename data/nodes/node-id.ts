import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isCanonicalUuid, uuidv7 } from '@holdfast/envelope';

/**
 * The id of the data plane that this home belongs to, made at its first start: with it, it finds what it
 * announced and held before.
 */
export async function readOrMakeNodeId(path: string): Promise<string> {
  const found = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (isCanonicalUuid(found)) return found;
  const made = uuidv7();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  return made;
}
