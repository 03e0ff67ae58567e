import { type AuditEvent, AuditEventError, canonicalBody, entryTime, type LogEntry } from '@holdfast/audit';
import { type RawBuilder, sql } from 'kysely';
import { type InTransaction, rowsOf, type Statements } from '../connection/statements.ts';
import { locking } from '../lock-order.ts';
import { DEADLINE_SET, withinDeadline } from './append-deadline.ts';

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

/** Entries that were appended, and the log before them, of the moment when its head was locked for them. */
export interface AppendedEntries {
  readonly entries: readonly LogEntry[];
  /** The number of the first row of the log; `null` when there was none. */
  readonly lowest: number | null;
  /** Its last row, whatever its number; `undefined` when there was none. */
  readonly former: LogEntry | undefined;
}

/** What some of the appended events count. */
export interface CountedUses {
  /** The secret of each use that ends, as often as it was used. */
  readonly secretIds: readonly string[];
  /**
   * Whether the secrets also say that they were used last now. That writes their rows, for which changes of
   * the secrets wait.
   */
  readonly stamp: boolean;
  /**
   * The day for which uses of all these secrets were counted a moment ago, as such an append answered it:
   * then the row that counts is there, unless the secret was deleted, and nothing else has to be looked at.
   */
  readonly day?: string | undefined;
}

/** `day` is the day for which uses were counted, in UTC: `2026-11-26`. */
export type AppendedUses = AppendedEntries & { readonly day: string | undefined };

/**
 * The same for the data plane, which follows the log, and counts the uses that some of these events end, in
 * one statement and so in one transaction.
 */
export async function appendUses(
  db: Statements,
  organizationId: string,
  bodies: readonly string[],
  counted: CountedUses = { secretIds: [], stamp: false },
): Promise<AppendedUses> {
  const { kind, values } = countingOf(counted);
  const text = kind === undefined ? APPEND : APPEND_AND[kind];
  const [row] = await rowsOf<FollowedRow & { day?: string | null }>(db, text, [organizationId, joinLines(bodies), ...values]);
  return { ...followedEntries(row, bodies), day: row?.day ?? undefined };
}

/** How uses are counted, and with what values; `undefined` when there are none. */
export function countingOf({ secretIds, stamp, day }: CountedUses): { kind: keyof typeof COUNTING | undefined; values: unknown[] } {
  if (secretIds.length === 0) return { kind: undefined, values: [] };
  const numbers = new Map<string, number>();
  for (const id of secretIds) numbers.set(id, (numbers.get(id) ?? 0) + 1);
  const [first] = secretIds;
  if (day !== undefined && !stamp && numbers.size === 1) return { kind: 'more', values: [first, secretIds.length, day] };
  return { kind: stamp ? 'stamp' : 'count', values: [[...numbers.keys()], [...numbers.values()]] };
}

/** What `append_audit` answers to who follows the log, called `appended`. */
export interface FollowedRow {
  readonly first: number;
  readonly time: Date;
  readonly recordedBy: string;
  readonly lowest: number | null;
  readonly formerSequence: number | null;
  readonly formerTime: Date | number | null;
  readonly formerRecorder: string | null;
  readonly formerBody: string | null;
}

export const FOLLOWED = `
  appended.first_sequence as first, appended.appended_at as time, appended.recorder as "recordedBy", appended.lowest,
  appended.former_sequence as "formerSequence", appended.former_time as "formerTime", appended.former_recorder as "formerRecorder",
  appended.former_body as "formerBody"`;
export const FOLLOWED_COLUMNS = sql.raw(FOLLOWED);

export const LINES = `string_to_array($2, E'\\n')`;
const APPEND = `select ${FOLLOWED} from append_audit(case when ${DEADLINE_SET} then $1::uuid end, ${LINES}, true) appended`;

/**
 * The secrets in one order, so that nobody waits for us while we wait for them. A secret that was deleted
 * meanwhile has nothing left to count for; it cannot be deleted while it is counted.
 */
const inOrder = (lock: string) => `
  select s.id, uses.number from unnest($3::uuid[], $4::integer[]) as uses (id, number)
  join secret s on s.organization_id = $1::uuid and s.id = uses.id order by s.id for ${lock} of s`;
const counting = (used: string) => `
  used as (${used}), counted as (
    insert into secret_use_day as d (organization_id, secret_id, day, uses)
    select $1::uuid, used.id, (now() at time zone 'UTC')::date, used.number from used
    on conflict (organization_id, secret_id, day) do update set uses = d.uses + excluded.uses returning d.day)`;
const BEFORE = 'before as materialized (select count(*) as secrets, max(day) as day from counted)';
/**
 * Counts what $3 and on say, in common table expressions; the last one, `before`, is there once it is done.
 */
export const COUNTING = {
  stamp: `${counting(`
    update secret s set last_used_at = now() from (${inOrder('no key update')}) there
    where s.organization_id = $1::uuid and s.id = there.id returning s.id, there.number`)}, ${BEFORE}`,
  count: `${counting(inOrder('key share'))}, ${BEFORE}`,
  /** Who deletes the secret deletes this row with it: it waits for us, or we for it and count nothing. */
  more: `counted as (
    update secret_use_day set uses = uses + $4::integer
    where organization_id = $1::uuid and secret_id = $3::uuid and day = $5::date returning day), ${BEFORE}`,
};
/** The head is locked after the secrets: its function is given the organization once they are counted. */
export const ONCE_COUNTED = `case when before.secrets >= 0 and ${DEADLINE_SET} then $1::uuid end`;
const appendingOnce = (counting: string) => `
  with ${counting}
  select ${FOLLOWED}, before.day from before cross join lateral append_audit(${ONCE_COUNTED}, ${LINES}, true) appended`;
const APPEND_AND = {
  stamp: appendingOnce(COUNTING.stamp),
  count: appendingOnce(COUNTING.count),
  more: appendingOnce(COUNTING.more),
};

/**
 * @param bodies those that were appended, in their order.
 * @throws Error without a row.
 */
export function followedEntries(row: FollowedRow | undefined, bodies: readonly string[]): AppendedEntries {
  if (row === undefined) throw new Error('The record answered nothing.');
  const { first, recordedBy, lowest, formerSequence, formerTime, formerRecorder, formerBody } = row;
  const time = row.time.toISOString();
  const hasFormer = formerSequence !== null && formerTime !== null && formerRecorder !== null && formerBody !== null;
  return {
    entries: bodies.map((body, position) => ({ sequence: first + position, time, recordedBy, body })),
    lowest,
    former: hasFormer ? { sequence: formerSequence, time: entryTime(formerTime), recordedBy: formerRecorder, body: formerBody } : undefined,
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
  return sql`string_to_array(${joinLines(bodies)}, ${LINE_BREAK})`;
}

/**
 * Bodies as the one text that {@link LINES} takes apart.
 *
 * @throws AuditEventError `audit_event_invalid` for one that is empty or has a line break.
 */
export function joinLines(bodies: readonly string[]): string {
  if (bodies.some((body) => body === '' || body.includes(LINE_BREAK))) throw new AuditEventError('A body is not canonical JSON.');
  return bodies.join(LINE_BREAK);
}
