import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedUrl, OWNER } from './address.ts';
import { isServerOf, readPidFile } from './leftover.ts';

/**
 * The owner's URL of the embedded server that another process runs on this folder.
 *
 * @returns undefined when none runs.
 */
export function runningEmbedded(folder: string): string | undefined {
  const home = realpathSync(folder);
  const data = join(home, 'data');
  const facts = readPidFile(data);
  if (facts === undefined || !isServerOf(facts.pid, data)) return undefined;
  return embeddedUrl(facts.socketFolder, OWNER, readFileSync(join(home, 'owner-password'), 'utf8'));
}
