import { type AuditEvent, canonicalBody } from '@holdfast/audit';
import { sql } from 'kysely';
import type { Tx } from './transaction.ts';

export interface AppendedEvent {
  readonly sequence: number;
  readonly hash: Buffer;
}

/**
 * Appends events to an organization's chain, in the transaction of the change that they record. The organization's head row is
 * locked until that transaction ends, so append last.
 *
 * @throws AuditEventError when an event cannot be written canonically.
 */
export async function appendAudit(tx: Tx, organizationId: string, events: readonly AuditEvent[]): Promise<AppendedEvent[]> {
  const bodies = events.map(canonicalBody);
  const { rows } = await sql<AppendedEvent>`select sequence, hash from append_audit(${organizationId}::uuid, ${bodies}::text[])`.execute(
    tx,
  );
  return rows;
}
