import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RETRY, delayAfter } from './retry.ts';

describe('the pause before another attempt', () => {
  it('doubles, and is somewhere between half and all of that', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((attempt) => delayAfter(DEFAULT_RETRY, attempt, 0, () => 1)),
      [500, 1_000, 2_000, 4_000],
    );
    assert.deepEqual(
      [1, 2, 3, 4].map((attempt) => delayAfter(DEFAULT_RETRY, attempt, 0, () => 0)),
      [250, 500, 1_000, 2_000],
    );
  });
  it('has an upper bound', () =>
    assert.equal(
      delayAfter(DEFAULT_RETRY, 30, 0, () => 1),
      30_000,
    ));
  it('is at least what the service asks for', () =>
    assert.equal(
      delayAfter(DEFAULT_RETRY, 1, 12_000, () => 1),
      12_000,
    ));
});
