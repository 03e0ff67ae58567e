import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectorError } from '@holdfast/connector';
import { toFailure } from './failure.ts';
import { LONGEST_WAIT_MILLISECONDS } from './retry.ts';

describe('what is shown of an error of a service that asks for time', () => {
  const busy = (retryAfterMilliseconds: number) =>
    toFailure(new ConnectorError('upstream_refused', 'It is busy.', { remedy: 'Later.', retryable: true, retryAfterMilliseconds }));

  it('is the error alone, up to what a run waits', () => {
    assert.deepEqual(busy(LONGEST_WAIT_MILLISECONDS), { code: 'upstream_refused', detail: 'It is busy.', remedy: 'Later.' });
  });

  it('is also for how long and until when, beyond that', ({ mock }) => {
    mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 10, 27, 15, 31, 59) });
    const hour = 3_600_000;
    for (const [asked, words] of [
      [LONGEST_WAIT_MILLISECONDS + 1, '6 minutes, until 2026-11-27 15:36 UTC'],
      [hour, '60 minutes, until 2026-11-27 16:31 UTC'],
      [24 * hour, '24 hours, until 2026-11-28 15:31 UTC'],
      [90 * hour, '4 days, until 2026-12-01 09:31 UTC'],
      [400 * 24 * hour, 'more than a year'],
      [Number.POSITIVE_INFINITY, 'more than a year'],
    ] as const) {
      const { detail, remedy } = busy(asked);
      assert.equal(detail, `It is busy. It asks to be left alone for ${words}; a run waits for 5 minutes at most.`);
      assert.match(remedy, /^Try again after that time/);
    }
  });
});
