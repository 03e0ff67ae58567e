import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '@holdfast/terminal/report';
import { type Home, RESTORE_MARK } from './home.ts';

/** A database that is there in part, or was not checked, is not started on. */
export function refuseUnfinishedRestore(home: Home): void {
  if (!existsSync(join(home.folder, RESTORE_MARK))) return;
  throw new CommandError(`A restore into ${home.folder} has begun and not ended.`, {
    remedy: 'Run holdfast restore FILE again: it removes what the interrupted one left.',
  });
}
