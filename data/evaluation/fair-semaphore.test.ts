import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createEvaluator } from './evaluator.ts';
import { createFairSemaphore } from './fair-semaphore.ts';

const signal = new AbortController().signal;

/** Work that goes on until the test ends it, and what is under way meanwhile. */
function works() {
  const live: { readonly name: string; end(): void; fail(): void }[] = [];
  let most = 0;
  const work = (name: string) => async () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const self = { name, end: resolve, fail: () => reject(new Error(`${name} failed`)) };
    live.push(self);
    most = Math.max(most, live.length);
    try {
      await promise;
      return name;
    } finally {
      live.splice(live.indexOf(self), 1);
    }
  };
  return { work, live, names: () => live.map(({ name }) => name), most: () => most };
}

describe('places for work that takes much', () => {
  it('are few, however many ask for one; another organization does not wait behind them', async () => {
    const places = createFairSemaphore({ maximum: 3, maximumOfOne: 2 });
    const { work, live, names, most } = works();
    const twenty = Array.from({ length: 20 }, (_, index) => places.take('a', work(`a ${index}`), signal));
    await setImmediate();
    assert.deepEqual(names(), ['a 0', 'a 1']);
    const other = places.take('b', work('b'), signal);
    await setImmediate();
    assert.deepEqual(names(), ['a 0', 'a 1', 'b']);
    while (live.length > 0) {
      live[0]?.end();
      await setImmediate();
      assert.ok(names().filter((name) => name.startsWith('a ')).length <= 2);
    }
    assert.deepEqual(await Promise.all([...twenty, other]), [...Array.from({ length: 20 }, (_, index) => `a ${index}`), 'b']);
    assert.equal(most(), 3);
  });

  it('are taken by turns', async () => {
    const places = createFairSemaphore({ maximum: 1, maximumOfOne: 1 });
    const { work, live, names } = works();
    const all = ['a 0', 'a 1', 'a 2', 'b 0', 'b 1', 'c 0'].map((name) => places.take(name.slice(0, 1), work(name), signal));
    const order: string[] = [];
    for (let round = 0; round < all.length; round += 1) {
      await setImmediate();
      order.push(...names());
      live[0]?.end();
    }
    await Promise.all(all);
    assert.deepEqual(order, ['a 0', 'a 1', 'b 0', 'c 0', 'a 2', 'b 1']);
  });

  it('are given on by what fails; what is aborted before its turn takes none', async () => {
    const places = createFairSemaphore({ maximum: 1, maximumOfOne: 1 });
    const { work, live, names } = works();
    const stop = new AbortController();
    const first = places.take('a', work('first'), signal);
    const stopped = places.take('a', work('stopped'), stop.signal);
    const last = places.take('a', work('last'), signal);
    stop.abort(new Error('the run was cancelled'));
    await assert.rejects(stopped, /the run was cancelled/);
    await assert.rejects(places.take('b', work('late'), stop.signal), /the run was cancelled/);
    live[0]?.fail();
    await assert.rejects(first, /first failed/);
    await setImmediate();
    assert.deepEqual(names(), ['last']);
    live[0]?.end();
    assert.equal(await last, 'last');
    const next = places.take('b', work('next'), signal);
    assert.deepEqual(names(), ['next']);
    live[0]?.end();
    await next;
  });

  it('are shared by all uses of a process', async () => {
    const evaluator = createEvaluator();
    const { work, live, names, most } = works();
    const organizations = Array.from({ length: 20 }, (_, index) => `organization ${index}`);
    const all = organizations.map((organization) => evaluator.ofOne(organization).inTurn(work(organization), signal));
    await setImmediate();
    assert.equal(names().length, 3);
    while (live.length > 0) {
      live[0]?.end();
      await setImmediate();
    }
    await Promise.all(all);
    assert.equal(most(), 3);
    await evaluator.close();
  });
});
