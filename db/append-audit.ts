import { type AuditEvent, AuditEventError, canonicalBody, type LogEntry } from '@holdfast/audit';
import { type RawBuilder, sql } from 'kysely';
import { withinDeadline } from './append-deadline.ts';
import { locking } from './lock-order.ts';
import type { InTransaction, Statements } from './statements.ts';

/** Where an event stands in the log, as the database answered when it was appended. */
export interface AppendedEvent {
  readonly sequence: number;
  readonly time: Date;
  readonly recordedBy: string;
}

/**
 * Appends events to an organization's log, in the transaction of the change that they record. The
 * organization's head row is locked until that transaction ends, so append last.
 *
 * @throws AuditEventError when an event cannot be written canonically; 55P03 (lock_not_available) after 1.25
 *   s.
 */
export async function appendAudit(tx: InTransaction, organizationId: string, events: readonly AuditEvent[]): Promise<AppendedEvent[]> {
  locking(tx, 'record head');
  return appendAuditBodies(tx, organizationId, events.map(canonicalBody));
}

/** The same for bodies that are canonical already; one statement, whatever their number. */
export async function appendAuditBodies(db: Statements, organizationId: string, bodies: readonly string[]): Promise<AppendedEvent[]> {
  if (bodies.length === 0) return [];
  return appendedBy(db, bodies, sql`append_audit(${withinDeadline(organizationId)}, ${linesOf(bodies)})`);
}

/** Entries that were appended, and the log around them, of the moment when its head was locked for them. */
export interface AppendedEntries {
  readonly entries: readonly LogEntry[];
  /** The numbers of the first and the last row of the log; `null` when there is none. */
  readonly lowest: number | null;
  readonly highest: number | null;
  /** The entry before them; `undefined` when there is none. */
  readonly former: LogEntry | undefined;
}

/**
 * The same for the data plane, which follows the log, and counts the uses that some of these events end, in
 * one statement and so in one transaction.
 *
 * @param secretIds the secret of each use, as often as it was used.
 */
export async function appendUses(
  db: Statements,
  organizationId: string,
  bodies: readonly string[],
  secretIds: readonly string[],
): Promise<AppendedEntries> {
  const place = sql`${withinDeadline(organizationId)}, ${linesOf(bodies)}`;
  const call = secretIds.length === 0 ? sql`append_followed(${place})` : sql`append_uses(${place}, ${secretIds}::uuid[])`;
  const { rows } = await sql<FollowedRow>`select ${FOLLOWED_COLUMNS} from ${call} appended`.execute(db);
  return followedEntries(rows[0], bodies);
}

/** What `append_followed`, called `appended`, answers. */
export interface FollowedRow {
  readonly first: number;
  readonly time: Date;
  readonly recordedBy: string;
  readonly lowest: number | null;
  readonly highest: number | null;
  readonly formerTime: Date | null;
  readonly formerRecorder: string | null;
  readonly formerBody: string | null;
}

export const FOLLOWED_COLUMNS = sql`
  appended.first_sequence as first, appended.appended_at as time, appended.recorder as "recordedBy", appended.lowest, appended.highest,
  appended.former_time as "formerTime", appended.former_recorder as "formerRecorder", appended.former_body as "formerBody"`;

/** @param bodies those that were appended, in their order. */
export function followedEntries(row: FollowedRow | undefined, bodies: readonly string[]): AppendedEntries {
  if (row === undefined) throw new Error('The record answered nothing.');
  const { first, recordedBy, lowest, highest, formerTime, formerRecorder, formerBody } = row;
  const time = row.time.toISOString();
  const hasFormer = formerTime !== null && formerRecorder !== null && formerBody !== null;
  return {
    entries: bodies.map((body, position) => ({ sequence: first + position, time, recordedBy, body })),
    lowest,
    highest,
    former: hasFormer ? { sequence: first - 1, time: formerTime.toISOString(), recordedBy: formerRecorder, body: formerBody } : undefined,
  };
}

async function appendedBy(db: Statements, bodies: readonly string[], call: RawBuilder<unknown>): Promise<AppendedEvent[]> {
  const { rows } = await sql<{ first: number; time: Date; recordedBy: string }>`
    select first_sequence as first, appended_at as time, recorder as "recordedBy" from ${call}`.execute(db);
  const [appended] = rows;
  if (appended === undefined) throw new Error('The record answered nothing.');
  const { first, time, recordedBy } = appended;
  return bodies.map((_, position) => ({ sequence: first + position, time, recordedBy }));
}

const LINE_BREAK = '\n';

/**
 * As one text: an array's own form would escape every quote of JSON, and take it back. Canonical JSON has no
 * line break.
 */
function linesOf(bodies: readonly string[]): RawBuilder<string[]> {
  if (bodies.some((body) => body === '' || body.includes(LINE_BREAK))) throw new AuditEventError('A body is not canonical JSON.');
  return sql`string_to_array(${bodies.join(LINE_BREAK)}, ${LINE_BREAK})`;
}
