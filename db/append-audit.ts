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

/** How a log ended where events were appended to it, as the statement that appended them saw it. */
export interface FormerEnd {
  /** The lowest and the highest number of any row; `null` when there is none. */
  readonly lowest: number | null;
  readonly highest: number | null;
  /** The entry before the first that was appended; absent when there is none, or others appended it meanwhile. */
  readonly last: LogEntry | undefined;
}

/**
 * The same for the data plane, and counts the uses that some of these events end, in one statement and so in
 * one transaction. Answers what the log ended with before, for who follows it.
 *
 * @param secretIds the secret of each use, as often as it was used.
 */
export async function appendUses(
  db: Statements,
  organizationId: string,
  bodies: readonly string[],
  secretIds: readonly string[],
): Promise<{ readonly appended: AppendedEvent[]; readonly formerEnd: FormerEnd }> {
  const arguments_ = sql`${withinDeadline(organizationId)}, ${linesOf(bodies)}`;
  const call = secretIds.length === 0 ? sql`append_audit(${arguments_})` : sql`append_uses(${arguments_}, ${secretIds}::uuid[])`;
  const { rows } = await sql<FormerRow>`
    select appended.first_sequence as first, appended.appended_at as time, appended.recorder as "recordedBy", lowest, highest,
      former.time as "formerTime", former.recorded_by as "formerRecordedBy", former.body as "formerBody"
    from ${call} appended
    left join lateral (select sequence from audit_event where organization_id = ${organizationId} order by sequence limit 1)
      as l (lowest) on true
    left join lateral (select sequence from audit_event where organization_id = ${organizationId} order by sequence desc limit 1)
      as h (highest) on true
    left join lateral (
      select time, recorded_by, body from audit_event
      where organization_id = ${organizationId} and sequence = appended.first_sequence - 1) former on true`.execute(db);
  const [row] = rows;
  const appended = numbered(row, bodies);
  return { appended, formerEnd: formerEndOf(row as FormerRow) };
}

function formerEndOf({ first, lowest, highest, formerTime, formerRecordedBy: recordedBy, formerBody: body }: FormerRow): FormerEnd {
  if (formerTime === null || recordedBy === null || body === null) return { lowest, highest, last: undefined };
  return { lowest, highest, last: { sequence: first - 1, time: formerTime.toISOString(), recordedBy, body } };
}

interface AppendedRow {
  readonly first: number;
  readonly time: Date;
  readonly recordedBy: string;
}

interface FormerRow extends AppendedRow {
  readonly lowest: number | null;
  readonly highest: number | null;
  readonly formerTime: Date | null;
  readonly formerRecordedBy: string | null;
  readonly formerBody: string | null;
}

async function appendedBy(db: Statements, bodies: readonly string[], call: RawBuilder<unknown>): Promise<AppendedEvent[]> {
  const { rows } = await sql<AppendedRow>`
    select first_sequence as first, appended_at as time, recorder as "recordedBy" from ${call}`.execute(db);
  return numbered(rows[0], bodies);
}

function numbered(row: AppendedRow | undefined, bodies: readonly string[]): AppendedEvent[] {
  if (row === undefined) throw new Error('The record answered nothing.');
  const { first, time, recordedBy } = row;
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
