import type { RunLogLine } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import type { Kysely } from 'kysely';
import { limitTo } from '../limit-to.ts';

/** A line of a log in both forms: {@link shownLine} is the one for a reader. */
export interface StoredLine extends Omit<RunLogLine, 'message'> {
  readonly full: string;
  /** When `full` may name a secret: the same without. */
  readonly withoutNames: string | null;
}

/** @param names whether the reader may read names of secrets. */
export function shownLine({ full, withoutNames, ...line }: StoredLine, names: boolean): RunLogLine {
  return { ...line, message: names ? full : (withoutNames ?? full) };
}

/** Lines of a run's log after a sequence number, oldest first. */
export async function readRunLog(
  db: Kysely<Database>,
  { organizationId, runId }: { readonly organizationId: string; readonly runId: string },
  after: number,
  limit: number,
): Promise<StoredLine[]> {
  const lines = await db
    .selectFrom('run_log')
    .leftJoin('run_item', (join) =>
      join
        .onRef('run_item.organization_id', '=', 'run_log.organization_id')
        .onRef('run_item.run_id', '=', 'run_log.run_id')
        .onRef('run_item.id', '=', 'run_log.item_id'),
    )
    .select(['run_log.sequence', 'run_log.time', 'run_log.level', 'run_item.name as itemName'])
    .select(['run_log.message as full', 'run_log.message_without_names as withoutNames'])
    .where('run_log.organization_id', '=', organizationId)
    .where('run_log.run_id', '=', runId)
    .where('run_log.sequence', '>', after)
    .orderBy('run_log.sequence')
    .limit(limitTo(limit))
    .execute();
  return lines.slice(0, limit).map(({ time, ...line }) => ({ ...line, time: time.toISOString() }));
}

/** The number of the newest line of a run's log; 0 when there is none. */
export async function newestLine(
  db: Kysely<Database>,
  { organizationId, runId }: { readonly organizationId: string; readonly runId: string },
): Promise<number> {
  const row = await db
    .selectFrom('run_log')
    .select('sequence')
    .where('organization_id', '=', organizationId)
    .where('run_id', '=', runId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.sequence ?? 0;
}
