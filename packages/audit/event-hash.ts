import { createHash } from 'node:crypto';

/** What the hash of an event covers. */
export interface HashedFacts {
  readonly organizationId: string;
  /** 1 for the first event of an organization. */
  readonly sequence: number;
  /** In UTC with microseconds: `2026-11-23T10:00:00.000000Z`. */
  readonly time: string;
  /** The database role that appended it. */
  readonly recordedBy: string;
  readonly previousHash: Uint8Array;
  /** Canonical JSON. */
  readonly body: string;
}

/** What the first event of an organization's chain has as its previous hash. */
export function genesisHash(organizationId: string): Buffer {
  return sha256(['holdfast/audit-chain/v1', organizationId]);
}

/** SHA-256 over lines, the body last because it alone is long; exactly what the SQL function append_audit computes. */
export function eventHash(facts: HashedFacts): Buffer {
  return sha256([
    'holdfast/audit-event/v1',
    facts.organizationId,
    String(facts.sequence),
    facts.time,
    facts.recordedBy,
    Buffer.from(facts.previousHash).toString('hex'),
    facts.body,
  ]);
}

function sha256(lines: readonly string[]): Buffer {
  // A line break before the last line would let two different events share their bytes.
  if (lines.slice(0, -1).some((line) => line.includes('\n'))) throw new RangeError('A line of a hashed event cannot hold a line break.');
  return createHash('sha256').update(lines.join('\n'), 'utf8').digest();
}
