import { readFileSync } from 'node:fs';

/**
 * Which root key lies in a file: its id, which also stands beside everything that the key has wrapped. The
 * key itself is for the data plane alone.
 *
 * @returns undefined when there is no such file. One that is no root key is the data plane's to refuse.
 */
export function readRootKeyId(path: string): string | undefined {
  try {
    return /^holdfast-root-key\/1\nid ([0-9a-f-]{36})\n/.exec(readFileSync(path, 'utf8'))?.[1] ?? 'that cannot be read';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
