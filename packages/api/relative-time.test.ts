import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relativeTime } from './relative-time.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

test('times are given in the unit that a person would choose', () => {
  for (const [seconds, words] of [
    [0, 'just now'],
    [-30, 'just now'],
    [20, 'just now'],
    [-50, '1 minute ago'],
    [-4 * MINUTE, '4 minutes ago'],
    [-59.7 * MINUTE, '1 hour ago'],
    [-2 * HOUR, '2 hours ago'],
    [-DAY, 'yesterday'],
    [DAY, 'tomorrow'],
    [3 * DAY, 'in 3 days'],
    [-12 * DAY, '12 days ago'],
    [-20 * DAY, '3 weeks ago'],
    [-90 * DAY, '3 months ago'],
    [-400 * DAY, '1 year ago'],
    [800 * DAY, 'in 2 years'],
  ] as const) {
    assert.equal(relativeTime(new Date(NOW + seconds * 1_000).toISOString(), NOW), words, `${seconds}`);
  }
});
