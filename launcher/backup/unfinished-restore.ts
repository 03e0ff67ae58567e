import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '@holdfast/service/private-file';
import { CommandError } from '@holdfast/terminal/report';
import { RESTORE_MARK } from '../home/choose-home.ts';
import type { Home } from '../home/home.ts';

/** What a restore fills: the embedded database of its home, or the external one at this address. */
export type RestoreTarget = 'embedded' | `${string}:${number}/${string}`;

/** A database that is there in part, or was not checked, is not started on. */
export function refuseUnfinishedRestore(home: Home): void {
  if (!existsSync(join(home.folder, RESTORE_MARK))) return;
  throw new CommandError(`A restore into ${home.folder} has begun and not ended.`, {
    remedy: 'Run holdfast restore FILE again: it removes what the interrupted one left.',
  });
}

/** Written before a restore makes anything: what it makes may be removed again, and nothing else. */
export function writeRestoreMark(home: Home, target: RestoreTarget): void {
  const note = 'A restore began here and has not ended. Run holdfast restore again.';
  writePrivateFile(join(home.folder, RESTORE_MARK), `${JSON.stringify({ note, target })}\n`);
}

/** What an interrupted restore had begun to fill; undefined when there was none, or nothing says what. */
export function readRestoreMark(home: Home): RestoreTarget | undefined {
  const path = join(home.folder, RESTORE_MARK);
  if (!existsSync(path)) return undefined;
  try {
    const { target } = JSON.parse(readFileSync(path, 'utf8')) as { target?: unknown };
    return isTarget(target) ? target : undefined;
  } catch {
    return undefined;
  }
}

function isTarget(value: unknown): value is RestoreTarget {
  return value === 'embedded' || (typeof value === 'string' && /:\d+\/./.test(value));
}
