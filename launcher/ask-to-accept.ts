import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '@holdfast/service/private-file';
import { withinFolder } from './home/within-folder.ts';

/**
 * Asks the data plane to accept an organization's record as it is, in its own folder (see
 * data/record/record-folder.ts), for its account to read and to remove.
 *
 * @param data the data plane's part of the home.
 * @param code why the record is not used.
 */
export function askToAccept(data: string, organizationId: string, code: string): void {
  withinFolder(data, () => {
    const folder = join('record', organizationId);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writePrivateFile(join(folder, 'accept'), `${JSON.stringify({ code })}\n`);
  });
}
