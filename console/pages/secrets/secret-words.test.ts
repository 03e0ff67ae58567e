import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placesWords, rotationWords } from './secret-words.ts';

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000 + 3_600_000).toISOString();
const words = (rotation: number | null, expiry: number | null, state: 'ok' | 'expired' | 'rotation-due' = 'ok') =>
  rotationWords({
    state,
    rotationDueAt: rotation === null ? null : inDays(rotation),
    expiresAt: expiry === null ? null : inDays(expiry),
  });

test('what is due or past stands out, in words and not by colour alone', () => {
  assert.deepEqual(words(null, null), { words: 'none', tone: 'quiet' });
  assert.deepEqual(words(78, null), { words: 'in 78 days', tone: 'quiet' });
  assert.deepEqual(words(2, null), { words: 'due in 2 days', tone: 'warn' });
  assert.deepEqual(words(-59, null, 'rotation-due'), { words: '59 days overdue', tone: 'bad' });
  assert.deepEqual(words(-1, null, 'rotation-due'), { words: '1 day overdue', tone: 'bad' });
});

test('an expiry that comes before the rotation is what matters', () => {
  assert.deepEqual(words(90, 3), { words: 'expires in 3 days', tone: 'warn' });
  assert.deepEqual(words(5, 90), { words: 'due in 5 days', tone: 'warn' });
  assert.deepEqual(words(5, -1, 'expired'), { words: 'expired', tone: 'bad' });
});

test('places are counted in words', () => {
  assert.deepEqual([0, 1, 3].map(placesWords), ['nothing', '1 component', '3 components']);
});
