import type { AuditEventRow } from '@holdfast/api';

export type ChainReading = { kind: 'whole'; newest: AuditEventRow; count: number } | { kind: 'broken'; at: number } | { kind: 'gaps' };

/**
 * Whether events, newest first, follow each other by number and each holds the hash of the one before. A filtered list has
 * gaps by nature; there only neighbours are compared. It says nothing of what the hashes are made of: the whole record is
 * verified from an export, by the command line.
 */
export function readChain(events: readonly AuditEventRow[]): ChainReading {
  const newest = events[0];
  if (newest === undefined) return { kind: 'gaps' };
  let gaps = false;
  for (const [index, event] of events.entries()) {
    const older = events[index + 1];
    if (older === undefined) break;
    if (older.sequence >= event.sequence) return { kind: 'broken', at: event.sequence };
    if (older.sequence !== event.sequence - 1) gaps = true;
    else if (older.hash !== event.previousHash) return { kind: 'broken', at: event.sequence };
  }
  return gaps ? { kind: 'gaps' } : { kind: 'whole', newest, count: events.length };
}
