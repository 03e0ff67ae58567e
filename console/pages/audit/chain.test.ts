import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEventRow } from '@holdfast/api';
import { readChain } from './chain.ts';

const hash = (sequence: number) => sequence.toString(16).padStart(64, '0');
function events(from: number, to: number): AuditEventRow[] {
  const rows: AuditEventRow[] = [];
  for (let sequence = from; sequence >= to; sequence -= 1) {
    rows.push({
      sequence,
      time: '2026-01-01T00:00:00.000Z',
      recordedBy: 'holdfast_control',
      actor: { kind: 'member', id: null, name: 'Ada' },
      action: 'secret.create',
      outcome: 'success',
      target: null,
      context: {},
      detail: {},
      previousHash: hash(sequence - 1),
      hash: hash(sequence),
    });
  }
  return rows;
}

test('events that continue each other are whole', () => {
  const chain = readChain(events(9, 4));
  assert.ok(chain.kind === 'whole');
  assert.equal(chain.count, 6);
  assert.equal(chain.newest.sequence, 9);
});

test('an event that does not hold the hash of its neighbour is named', () => {
  const listed = events(9, 4).map((event) => (event.sequence === 6 ? { ...event, hash: hash(600) } : event));
  assert.deepEqual(readChain(listed), { kind: 'broken', at: 7 });
});

test('a missing event is a gap, and events out of order are broken', () => {
  assert.deepEqual(readChain(events(9, 4).filter((event) => event.sequence !== 6)), { kind: 'gaps' });
  assert.deepEqual(readChain(events(9, 4).reverse()), { kind: 'broken', at: 4 });
});
