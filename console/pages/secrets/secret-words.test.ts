import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placesWords, rotationWords } from './secret-words.ts';

const NOON = new Date(2026, 5, 15, 12);
const inHours = (hours: number) => new Date(NOON.getTime() + hours * 3_600_000).toISOString();
const inDays = (days: number) => inHours(days * 24 + 1);
const words = (rotation: number | null, expiry: number | null, state: 'ok' | 'expired' | 'rotation-due' = 'ok') =>
  rotationWords(
    {
      state,
      rotationDueAt: rotation === null ? null : inDays(rotation),
      expiresAt: expiry === null ? null : inDays(expiry),
    },
    NOON,
  );

test('what is due or past stands out, in words and not by colour alone', () => {
  assert.deepEqual(words(null, null), { words: 'none', tone: 'quiet' });
  assert.deepEqual(words(78, null), { words: 'in 78 days', tone: 'quiet' });
  assert.deepEqual(words(2, null), { words: 'due in 2 days', tone: 'warn' });
  assert.deepEqual(words(-59, null, 'rotation-due'), { words: '59 days overdue', tone: 'bad' });
  assert.deepEqual(words(-1, null, 'rotation-due'), { words: '1 day overdue', tone: 'bad' });
});

test('days are those of the calendar, not spans of 24 hours', () => {
  const due = (hours: number) => rotationWords({ state: 'ok', rotationDueAt: inHours(hours), expiresAt: null }, NOON).words;
  assert.deepEqual([-1, 11, 13, 23, 35, 37].map(due), [
    'due today',
    'due today',
    'due tomorrow',
    'due tomorrow',
    'due tomorrow',
    'due in 2 days',
  ]);
});

test('an expiry that comes before the rotation is what matters', () => {
  assert.deepEqual(words(90, 3), { words: 'expires in 3 days', tone: 'warn' });
  assert.deepEqual(words(5, 90), { words: 'due in 5 days', tone: 'warn' });
  assert.deepEqual(words(5, -1, 'expired'), { words: 'expired', tone: 'bad' });
});

test('places are counted in words', () => {
  assert.deepEqual([0, 1, 3].map(placesWords), ['nothing', '1 place', '3 places']);
});
