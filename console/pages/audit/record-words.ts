import type { AuditRecordState } from '@holdfast/api';

export interface RecordReading {
  readonly kind: 'intact' | 'waiting';
  readonly words: string;
  /** When it was signed; shown after the words. */
  readonly signedAt: string | null;
}

/**
 * How the record stands, while it is not stopped: what the data plane has verified, and up to where it is
 * signed.
 */
export function readRecord({ entries, verified, checkpoint }: AuditRecordState): RecordReading {
  const all = `${entries.toLocaleString()} ${entries === 1 ? 'event' : 'events'}`;
  if (checkpoint === null || verified === null) {
    return { kind: 'waiting', words: `${all}, not signed yet; that happens within a minute`, signedAt: null };
  }
  const upTo = checkpoint.size >= entries ? 'all signed' : `signed up to event ${checkpoint.size.toLocaleString()}`;
  return { kind: 'intact', words: `${all}, record intact, ${upTo}`, signedAt: checkpoint.time };
}

/** Whether a checkpoint is over an event, so that it can be proven. */
export function isSigned({ checkpoint }: AuditRecordState, sequence: number): boolean {
  return checkpoint !== null && sequence <= checkpoint.size;
}
