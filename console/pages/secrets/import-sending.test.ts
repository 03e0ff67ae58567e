import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Outcome, sendItems } from './import-sending.ts';

class Pause extends Error {}

async function sending(
  items: number[],
  send: (item: number, attempt: number) => Outcome | Error,
  stop = new AbortController().signal,
  wait = async () => {},
) {
  const attempts = new Map<number, number>();
  const settled = new Map<number, Outcome>();
  const failure = await sendItems(items, {
    send: async (item) => {
      attempts.set(item, (attempts.get(item) ?? 0) + 1);
      await new Promise(setImmediate);
      const outcome = send(item, attempts.get(item) ?? 0);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    settled: (item, outcome) => settled.set(item, outcome),
    isPause: (error) => error instanceof Pause,
    wait,
    stop,
  }).catch((error: Error) => error.message);
  return { attempts, settled, failure };
}

const NUMBERS = Array.from({ length: 50 }, (_, index) => index);

test('every item is sent once, and its result is reported', async () => {
  const { attempts, settled, failure } = await sending(NUMBERS, (item) => (item % 7 === 0 ? 'taken' : 'set'));
  assert.equal(failure, undefined);
  assert.deepEqual(
    [...settled.keys()].sort((a, b) => a - b),
    NUMBERS,
  );
  assert.equal(settled.get(14), 'taken');
  assert.ok([...attempts.values()].every((count) => count === 1));
});

test('after a failure nothing more is begun, and the rest can be sent again', async () => {
  const first = await sending(NUMBERS, (item) => (item === 20 ? new Error('the network is away') : 'set'));
  assert.equal(first.failure, 'the network is away');
  assert.ok(first.settled.size >= 20 && first.attempts.size <= 25, `${first.settled.size} settled, ${first.attempts.size} begun`);
  assert.equal(first.settled.has(20), false);
  const rest = NUMBERS.filter((item) => !first.settled.has(item));
  const second = await sending(rest, () => 'set');
  assert.deepEqual(
    [...first.settled.keys(), ...second.settled.keys()].sort((a, b) => a - b),
    NUMBERS,
  );
});

test('when the server asks for a pause, the item is sent again; not for ever', async () => {
  const some = await sending([1, 2], (item, attempt) => (item === 2 && attempt < 4 ? new Pause() : 'set'));
  assert.deepEqual([some.failure, some.attempts.get(2)], [undefined, 4]);
  const never = await sending([1], () => new Pause('busy'));
  assert.deepEqual([never.failure, never.settled.size], ['busy', 0]);
});

test('once it is stopped nothing more is begun or tried again, and what was under way is reported', async () => {
  const stop = new AbortController();
  const stopped = await sending(
    NUMBERS,
    (item) => {
      if (item === 10) stop.abort();
      return 'set';
    },
    stop.signal,
  );
  assert.equal(stopped.failure, undefined);
  assert.ok(stopped.attempts.size <= 15, `${stopped.attempts.size} begun`);
  assert.equal(stopped.settled.size, stopped.attempts.size);
  const paused = await sending([1], () => new Pause('busy'), stop.signal);
  assert.equal(paused.attempts.size, 0);
  const whilePaused = new AbortController();
  const once = await sending(
    [1],
    () => {
      whilePaused.abort();
      return new Pause('busy');
    },
    whilePaused.signal,
  );
  assert.deepEqual([once.failure, once.attempts.get(1)], ['busy', 1]);
  const inThePause = new AbortController();
  const never = await sending(
    [1],
    () => new Pause('busy'),
    inThePause.signal,
    async () => inThePause.abort(),
  );
  assert.deepEqual([never.failure, never.attempts.get(1)], ['busy', 1]);
});
