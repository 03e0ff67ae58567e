import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clocks, withinProcessorTime } from './processor-time.ts';

/**
 * Work that has no end so many times and then is done, and clocks by which each time takes as long as is
 * said, with this share of a processor.
 */
function endless({ times, takes, share }: { times: number; takes: readonly number[]; share: number }) {
  let begun = 0;
  let passed = 0;
  const clocks: Clocks = { processor: () => passed * share, passed: () => passed };
  const work = () => {
    passed += takes[begun] ?? assert.fail('It began once too often.');
    begun += 1;
    for (; begun <= times; );
    return 'done';
  };
  return { clocks, work, begun: () => begun };
}

describe('work within a time of a processor', () => {
  it('ends at that time, and does not begin again', () => {
    const { begun, clocks, work } = endless({ times: 9, takes: [20], share: 1 });
    assert.deepEqual(withinProcessorTime(work, 20, clocks), { kind: 'too_long' });
    assert.equal(begun(), 1);
  });

  it('goes on when the time has passed and others had the processor', () => {
    const { begun, clocks, work } = endless({ times: 1, takes: [20, 60], share: 0.25 });
    assert.deepEqual(withinProcessorTime(work, 20, clocks), { kind: 'made', value: 'done', spentMilliseconds: 15 });
    assert.equal(begun(), 2);
  });

  it('ends after ten times as long by the clock, whatever it has got by then', () => {
    for (const share of [0.05, 0]) {
      const { begun, clocks, work } = endless({ times: 9, takes: [10, 90], share });
      assert.deepEqual(withinProcessorTime(work, 10, clocks), { kind: 'too_long' });
      assert.equal(begun(), 2, `${share}`);
    }
  });

  it('has taken too long when it took more of a processor, although it was let go on for it', () => {
    const { clocks, work } = endless({ times: 0, takes: [21], share: 1 });
    assert.deepEqual(withinProcessorTime(work, 20, clocks), { kind: 'too_long' });
  });

  it('throws what the work throws', () => {
    const fails = () => {
      throw new RangeError('its own');
    };
    assert.throws(() => withinProcessorTime(fails, 1_000), new RangeError('its own'));
  });

  it('is measured by what the thread itself takes', () => {
    const never = new Int32Array(new SharedArrayBuffer(4));
    const end = withinProcessorTime(() => Atomics.wait(never, 0, 0, 200), 10_000);
    assert.ok(end.kind === 'made' && end.spentMilliseconds < 200, JSON.stringify(end));
  });
});
