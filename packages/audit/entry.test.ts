import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { entryBytes, entryHash, type LogEntry, parseEntryBytes } from './index.ts';
import { entryOf, ORGANIZATION } from './testing/log.ts';

const entry: LogEntry = { sequence: 7, time: '2026-11-24T11:00:00.001Z', recordedBy: 'control', body: '{"name":"Zoë"}' };

test('the bytes of an entry are six lines, and its hash is that of a leaf', () => {
  const text = `holdfast/audit-entry/v1\n${ORGANIZATION}\n7\n2026-11-24T11:00:00.001Z\ncontrol\n{"name":"Zoë"}`;
  assert.equal(entryBytes(ORGANIZATION, entry).toString(), text);
  assert.equal(entryHash(ORGANIZATION, entry).toString('hex'), createHash('sha256').update('\0').update(text).digest('hex'));
});

test('two different entries never share their bytes', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '1', '') });
  const anyEntry = fc.record({ organizationId: text, sequence: fc.integer({ min: 1, max: 12 }), recordedBy: text, body: text });
  const bytesOf = ({ organizationId, ...fields }: { organizationId: string; sequence: number; recordedBy: string; body: string }) => {
    try {
      return entryBytes(organizationId, { ...fields, time: entry.time }).toString('hex');
    } catch {
      return undefined;
    }
  };
  fc.assert(
    fc.property(anyEntry, anyEntry, (one, other) => {
      const [first, second] = [bytesOf(one), bytesOf(other)];
      fc.pre(first !== undefined && second !== undefined);
      assert.equal(first === second, JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

for (const [why, wrong] of [
  ['no sequence', { ...entry, sequence: 0 }],
  ['half a sequence', { ...entry, sequence: 1.5 }],
  ['a time without milliseconds', { ...entry, time: '2026-11-24T11:00:00Z' }],
  ['a time in another zone', { ...entry, time: '2026-11-24T11:00:00.001+01:00' }],
  ['a day that does not exist', { ...entry, time: '2026-02-30T11:00:00.001Z' }],
  ['a recorder with a line break', { ...entry, recordedBy: 'control\n{}' }],
  ['a lone surrogate', { ...entry, body: '"\ud800"' }],
] as const) {
  test(`an entry with ${why} has no bytes`, () => assert.throws(() => entryBytes(ORGANIZATION, wrong), RangeError));
}

test('an organization with a line break has no entries', () => {
  assert.throws(() => entryBytes(`${ORGANIZATION}\n8`, entry), RangeError);
});

test('an entry is read back from its bytes, and from no others', () => {
  const whole = entryOf(3);
  const bytes = entryBytes(ORGANIZATION, whole);
  assert.deepEqual(parseEntryBytes(bytes), { organizationId: ORGANIZATION, entry: whole });
  const text = bytes.toString();
  for (const other of [
    text.replace('v1', 'v2'),
    text.replace('\n3\n', '\n03\n'),
    text.replace('\n3\n', '\n3.0\n'),
    text.slice(0, 50),
    `${text.slice(0, 30)}\ufffd`,
    '',
  ]) {
    assert.equal(parseEntryBytes(Buffer.from(other)), undefined, other);
  }
  assert.equal(parseEntryBytes(Buffer.concat([bytes, Buffer.from([0xff])])), undefined);
  const lines = { ...whole, body: 'two\nlines' };
  assert.deepEqual(parseEntryBytes(entryBytes(ORGANIZATION, lines))?.entry, lines);
});
