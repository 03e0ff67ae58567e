import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createRecentHashes } from './recent-hashes.ts';

const hashOf = (sequence: number) => createHash('sha256').update(String(sequence)).digest();

test('the newest hashes are found by their numbers, older ones and those that come later are not', () => {
  const recent = createRecentHashes(1_000);
  for (let sequence = 5_000; sequence < 9_000; sequence += 1) recent.add(sequence, hashOf(sequence));
  for (const sequence of [8_000, 8_255, 8_256, 8_999]) assert.deepEqual(recent.get(sequence), hashOf(sequence));
  for (const sequence of [4_999, 5_000, 7_900, 9_000, 9_500]) assert.equal(recent.get(sequence), undefined);
});

test('of a log that is followed from somewhere, what lies before is not known', () => {
  const recent = createRecentHashes(1_000);
  recent.add(70, hashOf(70));
  assert.deepEqual([recent.get(69), recent.get(70), recent.get(71)], [undefined, hashOf(70), undefined]);
});
