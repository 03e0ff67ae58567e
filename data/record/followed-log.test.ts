import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditEvent, canonicalBody, type LogEntry } from '@holdfast/audit';
import { uuidv7 } from '@holdfast/envelope';
import { FollowedLog } from './followed-log.ts';

const organizationId = uuidv7();
const FACTS = { instanceId: uuidv7(), signingKey: '', signed: [], acceptedUpTo: 0 };

function entry(sequence: number, name = 'Ada'): LogEntry {
  const event: AuditEvent = { action: 'secret.use', outcome: 'intent', actor: { kind: 'member', id: null, name } };
  return { sequence, time: '2026-11-26T10:00:00.000Z', recordedBy: 'data', body: canonicalBody(event) };
}

function followed(facts: Partial<ConstructorParameters<typeof FollowedLog>[2]> = {}): FollowedLog {
  const log = new FollowedLog(organizationId, undefined, { ...FACTS, ...facts });
  log.take([entry(1), entry(2), entry(3)]);
  return log;
}

const APPENDED = { entries: [entry(4), entry(5)], lowest: 1, former: entry(3) };

test('entries continue a log when they stand behind its very last entry, and no row outside of it', () => {
  const log = followed();
  assert.equal(log.isContinuedBy(APPENDED), true);
  log.take(APPENDED.entries);
  assert.equal(log.size, 5);
  for (const each of APPENDED.entries) log.confirm(each);
  assert.equal(log.isContinuedBy(APPENDED), false, 'Once they are in it, they do not.');
  assert.throws(() => log.confirm(entry(5, 'Eve')), { code: 'record_rewritten' });
});

for (const [what, changed] of [
  ['the entry before is another one than that which was followed', { former: entry(3, 'Eve') }],
  ['there is no entry before', { former: undefined }],
  ['another process appended in between', { former: entry(4), entries: [entry(5)] }],
  ['the log was cut', { former: entry(2), entries: [entry(3)] }],
  ['the first entry is gone', { lowest: 2 }],
  ['a row stands before the first', { lowest: 0 }],
  ['a row stands behind the last', { former: entry(6) }],
  ['the head skipped a number', { entries: [entry(5)] }],
] as const) {
  test(`entries are read and not taken in when ${what}`, () => {
    assert.equal(followed().isContinuedBy({ ...APPENDED, ...changed }), false);
  });
}

test('entries are read and not taken in while a checkpoint lies ahead that was signed', () => {
  const time = '2026-11-26T10:00:00.000Z';
  const ahead = { instanceId: FACTS.instanceId, organizationId, size: 4, root: Buffer.alloc(32), time, epoch: 0 };
  assert.equal(followed({ signed: [ahead] }).isContinuedBy(APPENDED), false);
});

test('a log that is not what was signed over stays so for who reads on behind that place', () => {
  const time = '2026-11-26T10:00:00.000Z';
  const ahead = { instanceId: FACTS.instanceId, organizationId, size: 4, root: Buffer.alloc(32), time, epoch: 0 };
  const log = followed({ signed: [ahead] });
  assert.throws(() => log.take([entry(4)]), { code: 'record_rewritten' });
  assert.throws(() => log.take([entry(4), entry(5)]), { code: 'record_rewritten' });
  assert.throws(() => log.confirm(entry(3)), { code: 'record_rewritten' });
});
