import { leafHash } from './log-tree.ts';
import { isUtcTime } from './utc-time.ts';

/** One entry of an organization's log, as it is stored and exported. */
export interface LogEntry {
  /** 1 for the first entry of an organization; its leaf in the tree has this index less one. */
  readonly sequence: number;
  /**
   * ISO 8601 in UTC with milliseconds: `2026-11-23T10:00:00.000Z`. By the database's clock; may go back when
   * that clock does.
   */
  readonly time: string;
  /** Which plane appended it, or the operator: as the database knows it, not as the caller says. */
  readonly recordedBy: string;
  /** The event as canonical JSON (RFC 8785). */
  readonly body: string;
}

/**
 * The time of a stored entry as text. Who writes rows past the function that appends may have put one there
 * that no entry can have: a year after 9999, or `infinity`, which the driver reads as a number. It can be
 * shown, and {@link entryHash} refuses it.
 */
export function entryTime(stored: Date | number): string {
  if (stored instanceof Date) return Number.isNaN(stored.getTime()) ? 'a time out of range' : stored.toISOString();
  return stored > 0 ? 'infinity' : '-infinity';
}

const DOMAIN = 'holdfast/audit-entry/v1';

/**
 * The bytes of an entry: six lines, the body last because it alone is long,
 *   holdfast/audit-entry/v1 LF organization id LF sequence LF time LF recorder LF body
 * With a body within its bound they stay below 65,536, so that entries fit into the entry bundles of
 * c2sp.org/tlog-tiles.
 *
 * @throws RangeError when a field has a form that would let two entries share their bytes.
 */
export function entryBytes(organizationId: string, { sequence, time, recordedBy, body }: LogEntry): Buffer {
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new RangeError('An entry has a sequence from 1.');
  if (!isUtcTime(time)) throw new RangeError('An entry has a time in UTC with milliseconds.');
  // A line break before the body would let two different entries share their bytes.
  if (/\n/.test(organizationId) || /\n/.test(recordedBy)) throw new RangeError('An entry holds a line break where none may be.');
  // A lone surrogate would be written as another character.
  if (![organizationId, recordedBy, body].every((text) => text.isWellFormed()))
    throw new RangeError('An entry holds text that is not Unicode.');
  return Buffer.from([DOMAIN, organizationId, sequence, time, recordedBy, body].join('\n'), 'utf8');
}

/** Reads {@link entryBytes} back; `undefined` when the bytes are not exactly those of an entry. */
export function parseEntryBytes(bytes: Uint8Array): { readonly organizationId: string; readonly entry: LogEntry } | undefined {
  const [, organizationId = '', sequence = '', time = '', recordedBy = '', ...body] = Buffer.from(bytes).toString('utf8').split('\n');
  const entry = { sequence: Number(sequence), time, recordedBy, body: body.join('\n') };
  try {
    return entryBytes(organizationId, entry).equals(bytes) ? { organizationId, entry } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The leaf hash of an entry: SHA-256 over a zero byte and {@link entryBytes} (RFC 9162, section 2.1.1).
 *
 * @throws RangeError as {@link entryBytes}.
 */
export function entryHash(organizationId: string, entry: LogEntry): Buffer {
  return leafHash(entryBytes(organizationId, entry));
}
