import { entryTime, type LogEntry } from '@holdfast/audit';
import type { Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { RecordStopped } from './record-stopped.ts';

const ENTRIES_AT_ONCE = 1_000;

export interface LogPage {
  /** The log's length when it was read; `undefined` when it has no head. */
  readonly head: number | undefined;
  readonly entries: readonly LogEntry[];
}

/**
 * The entries from the number `first` on, at most 1,000, in one statement and so as of one moment, together
 * with the head.
 *
 * @throws RecordStopped when rows stand outside of 1…head, or the first ones are missing.
 */
export async function readRecordLog(db: Kysely<Database>, organizationId: string, first: number): Promise<LogPage> {
  const { rows } = await sql<{
    head: number | null;
    lowest: number | null;
    highest: number | null;
    sequence: number | null;
    time: Date | number;
    recorded_by: string;
    body: string;
  }>`
    select head.sequence as head, lowest.sequence as lowest, highest.sequence as highest, e.sequence, e.time, e.recorded_by, e.body
    from (values (${organizationId}::uuid)) as log (id)
    left join audit_head head on head.organization_id = log.id
    left join lateral (select sequence from audit_event where organization_id = log.id order by sequence limit 1) lowest on true
    left join lateral (select sequence from audit_event where organization_id = log.id order by sequence desc limit 1) highest on true
    left join lateral (
      select sequence, time, recorded_by, body from audit_event
      where organization_id = log.id and sequence >= ${first} order by sequence limit ${ENTRIES_AT_ONCE}) e on true
    order by e.sequence`.execute(db);
  const [row] = rows;
  const head = row?.head ?? undefined;
  const [lowest, highest] = [row?.lowest ?? undefined, row?.highest ?? undefined];
  if (lowest !== undefined && lowest < 1) throw stray(lowest);
  if (lowest !== undefined && lowest > 1) throw new RecordStopped('record_incomplete', `Entry ${lowest - 1} is missing.`);
  if (highest !== undefined && highest > (head ?? 0)) throw stray(highest);
  const entries = rows.flatMap(({ sequence, time, recorded_by, body }) =>
    sequence === null ? [] : [{ sequence, time: entryTime(time), recordedBy: recorded_by, body }],
  );
  return { head, entries };
}

function stray(sequence: number): RecordStopped {
  return new RecordStopped('record_incomplete', `A row with the number ${sequence} stands outside of the log.`);
}
