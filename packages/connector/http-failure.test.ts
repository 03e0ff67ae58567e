import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterMilliseconds } from './index.ts';

test('how long a service asks to be left alone is what it says, in seconds or by a date, however long that is', () => {
  const now = Date.UTC(2026, 10, 27, 12);
  for (const [said, milliseconds] of [
    ['7', 7_000],
    ['1.5', 1_500],
    ['86400', 86_400_000],
    [' 3 ', 3_000],
    [new Date(now + 3_600_000).toUTCString(), 3_600_000],
    ['9'.repeat(400), Number.POSITIVE_INFINITY],
    ['0', undefined],
    ['-5', undefined],
    [new Date(now - 60_000).toUTCString(), undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ] as const) {
    assert.equal(retryAfterMilliseconds({ get: () => said }, now), milliseconds, String(said));
  }
});
