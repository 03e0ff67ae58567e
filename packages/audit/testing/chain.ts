import { type AuditEvent, canonicalBody, type ExportedEvent, eventHash, exportHeader, exportLine, genesisHash } from '../index.ts';

export const INSTANCE = '01932c00-0000-7000-8000-000000000001';
export const ORGANIZATION = '01932c00-0000-7000-8000-000000000002';
export const EXPORTED_AT = '2026-11-24T12:00:00.000Z';

/** For tests: a sound chain of so many events. */
export function* chainOf(count: number, organizationId = ORGANIZATION): Generator<ExportedEvent> {
  let previousHash = genesisHash(organizationId);
  for (let sequence = 1; sequence <= count; sequence++) {
    const event: AuditEvent = { action: 'run.start', actor: { kind: 'system', id: null, name: `${sequence}` }, outcome: 'success' };
    const facts = { sequence, time: '2026-11-24T11:00:00.000001Z', recordedBy: 'holdfast_data', body: canonicalBody(event) };
    const hash = eventHash({ ...facts, organizationId, previousHash });
    yield { ...facts, previousHash: previousHash.toString('hex'), hash: hash.toString('hex') };
    previousHash = hash;
  }
}

export function* exportOf(events: Iterable<ExportedEvent>): Generator<string> {
  yield exportHeader({ instanceId: INSTANCE, organizationId: ORGANIZATION, exportedAt: EXPORTED_AT }).trimEnd();
  for (const event of events) yield exportLine(event).trimEnd();
}
