import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEventRow } from '@holdfast/api';
import { foldUses } from './fold-uses.ts';

const event = (sequence: number, action: string, outcome: AuditEventRow['outcome'], context = {}): AuditEventRow => ({
  sequence,
  time: '2026-01-01T00:00:00Z',
  recordedBy: 'data',
  actor: { kind: 'run', id: 'r', name: 'Publish #1' },
  action,
  outcome,
  target: { kind: 'secret', id: 's', name: 'STORE', versionId: 'v' },
  context: { run: '1', ...context },
  detail: {},
});
const shape = (events: AuditEventRow[]) => foldUses(events).map(({ event, intent }) => [event.sequence, intent?.sequence]);

test('a use is one row, with its outcome', () => {
  const outcome = event(3, 'secret.use-outcome', 'success', { destination: 'https://store.example' });
  assert.deepEqual(shape([outcome, event(2, 'run.start', 'success'), event(1, 'secret.use', 'intent')]), [
    [3, 1],
    [2, undefined],
  ]);
});

test('a use that has not ended, one that was refused and one whose beginning is not loaded yet are rows of their own', () => {
  assert.deepEqual(
    shape([event(9, 'secret.use', 'intent'), event(8, 'secret.use', 'refused'), event(7, 'secret.use-outcome', 'failed', { run: '0' })]),
    [
      [9, undefined],
      [8, undefined],
      [7, undefined],
    ],
  );
});

test('uses side by side are each one row, and uses at another place are not theirs', () => {
  const end = (sequence: number, run: string) => event(sequence, 'secret.use-outcome', 'success', { run });
  const begin = (sequence: number, run: string) => event(sequence, 'secret.use', 'intent', { run });
  assert.deepEqual(shape([end(6, '1'), end(5, '2'), end(4, '1'), begin(3, '1'), begin(2, '2'), begin(1, '1')]), [
    [6, 1],
    [5, 2],
    [4, 3],
  ]);
});

test('a test of a component that is not saved is one row; one of a saved component has no end of its own', () => {
  const target = { kind: 'component', id: 'c', name: 'Archive' } as const;
  const end = { ...event(5, 'component.test', 'failed'), target, context: {} };
  const ofSaved = { ...event(4, 'component.test', 'intent', { project: 'Invoices' }), target };
  const begin = { ...ofSaved, sequence: 1, detail: { saved: false } };
  assert.deepEqual(shape([end, ofSaved, begin]), [
    [5, 1],
    [4, undefined],
  ]);
});
