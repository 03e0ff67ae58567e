import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayBounds } from './day-bounds.ts';

test('two days bound from the first moment of one to the last of the other, in the zone of the reader', () => {
  const { from, to } = dayBounds('2026-03-01', '2026-03-02');
  assert.equal(from, new Date(2026, 2, 1, 0, 0, 0, 0).toISOString());
  assert.equal(to, new Date(2026, 2, 2, 23, 59, 59, 999).toISOString());
});

test('what is not a day bounds nothing', () => {
  assert.deepEqual(dayBounds('yesterday', '2026-99-99'), {});
  assert.deepEqual(dayBounds(undefined, undefined), {});
});
