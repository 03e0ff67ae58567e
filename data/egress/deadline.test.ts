import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { DEADLINE_BYTES, interruptedDeadline } from './deadline.ts';

const SECOND = 1_000;

/** Work that takes as long as the test says. */
function work() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, end: resolve };
}

describe('a deadline over several waits', () => {
  let now = 0;
  const pass = (milliseconds: number) => {
    now += milliseconds;
    mock.timers.tick(milliseconds);
  };
  beforeEach(() => {
    now = 0;
    mock.timers.enable({ apis: ['setTimeout'] });
    mock.method(performance, 'now', () => now);
  });
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  function begun() {
    const state = { bytes: 0, over: 0 };
    const deadline = interruptedDeadline(
      10 * SECOND,
      () => state.bytes,
      () => {
        state.over += 1;
      },
    );
    /** Awaits something for so long. */
    const wait = async (milliseconds: number) => {
      const { promise, end } = work();
      const waited = deadline.during(() => promise);
      pass(milliseconds);
      end();
      await waited;
    };
    return { state, deadline, wait };
  }

  it('is over when they have taken its time together, and not for what lies between them', async () => {
    const { state, wait } = begun();
    await wait(6 * SECOND);
    pass(60 * SECOND);
    await wait(3 * SECOND);
    assert.equal(state.over, 0);
    await wait(2 * SECOND);
    assert.equal(state.over, 1);
  });

  it('counts what overlaps once', async () => {
    const { state, deadline } = begun();
    const [one, other] = [work(), work()];
    const both = Promise.all([deadline.during(() => one.promise), deadline.during(() => other.promise)]);
    pass(6 * SECOND);
    one.end();
    await Promise.resolve();
    pass(3 * SECOND);
    other.end();
    await both;
    assert.equal(state.over, 0);
    void deadline.during(() => new Promise(() => {}));
    pass(2 * SECOND);
    assert.equal(state.over, 1);
  });

  it('begins again with each 64 MiB within one wait, however long that takes', async () => {
    const { state, deadline } = begun();
    void deadline.during(() => new Promise(() => {}));
    for (let part = 0; part < 5; part += 1) {
      state.bytes += DEADLINE_BYTES;
      pass(10 * SECOND);
      assert.equal(state.over, 0);
    }
    state.bytes += DEADLINE_BYTES - 1;
    pass(10 * SECOND);
    assert.equal(state.over, 1);
  });

  it('begins again when it is extended, and with each 64 MiB, while something is awaited or not', async () => {
    const { state, deadline, wait } = begun();
    await wait(9 * SECOND);
    deadline.extend();
    await wait(9 * SECOND);
    state.bytes += DEADLINE_BYTES;
    await wait(900);
    await wait(9 * SECOND);
    assert.equal(state.over, 0);
    state.bytes += DEADLINE_BYTES - 1;
    await wait(2 * SECOND);
    assert.equal(state.over, 1);
  });

  it('ends with what the work fails with', async () => {
    const { deadline } = begun();
    await assert.rejects(
      deadline.during(() => Promise.reject(new Error('no'))),
      /^Error: no$/,
    );
  });
});
