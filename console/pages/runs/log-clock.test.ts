import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logClock } from './log-clock.ts';

test('a line of the log has the time of a clock of 24 hours, midnight being 00', () => {
  const at = (hour: number) => new Date(2026, 2, 1, hour, 3, 27).toISOString();
  for (const locale of ['en-US', 'en-GB', 'de-DE']) {
    assert.equal(logClock(at(0), locale), '00:03:27', locale);
    assert.equal(logClock(at(14), locale), '14:03:27', locale);
  }
});
