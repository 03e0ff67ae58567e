import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRecordState } from '@holdfast/api';
import { isSigned, readRecord } from './record-words.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const signed = (entries: number, size: number): AuditRecordState => ({
  entries,
  verified: { size, at: TIME },
  stopped: null,
  checkpoint: { size, time: TIME, note: '' },
  verifierKey: null,
});

test('a record says how many events it has, that it is intact, and up to where it is signed', () => {
  assert.deepEqual(readRecord(signed(12, 10)), {
    kind: 'intact',
    words: '12 events, record intact, signed up to event 10',
    signedAt: TIME,
  });
  assert.equal(readRecord(signed(1, 1)).words, '1 event, record intact, all signed');
});

test('a record that was never signed is not called intact', () => {
  const fresh = { ...signed(3, 0), verified: null, checkpoint: null };
  assert.deepEqual([readRecord(fresh).kind, readRecord(fresh).signedAt], ['waiting', null]);
  assert.equal(readRecord({ ...signed(3, 3), verified: null }).kind, 'waiting');
});

test('an event can be proven when a checkpoint is over it', () => {
  assert.ok(isSigned(signed(12, 10), 10));
  assert.ok(!isSigned(signed(12, 10), 11));
  assert.ok(!isSigned({ ...signed(12, 10), checkpoint: null }, 1));
});
