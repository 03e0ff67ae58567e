import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { eventually } from '../tests/harness/eventually.ts';
import { finishedRun, itemsOf, startTestRun } from './testing/runs.ts';
import { extractAndKeep, fresh, type StandInInstance, standInInstance, state, upload } from './testing/stand-in-connectors.ts';

describe('a data plane that stops', { concurrency: false }, () => {
  let standIns: StandInInstance;
  before(async () => {
    standIns = await standInInstance();
  });
  after(() => standIns?.[Symbol.asyncDispose]());

  it('hands its runs on while a request and a round of its periodic work are still under way', async () => {
    const { instance, place } = standIns;
    fresh();
    const { promise: stuck, resolve: isStuck } = Promise.withResolvers<void>();
    state.before = async (step, _name, signal) => {
      if (step !== 'publisher') return;
      isStuck();
      await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    const { server } = instance.plane;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: requested, resolve: isRequested } = Promise.withResolvers<void>();
    server.get('/slow', async () => {
      isRequested();
      await released;
      return { answered: true };
    });
    const origin = await server.listen({ host: '127.0.0.1', port: 0 });
    const runId = await startTestRun(instance, place, extractAndKeep(standIns).slice(0, 2), upload({ 'a.txt': 'one' }));
    await stuck;

    let answered = false;
    const answer = fetch(`${origin}/slow`).then(async (response) => {
      answered = true;
      return response.json();
    });
    await requested;
    await instance.owner.transaction().execute(async (tx) => {
      // Of the rounds, the one that fires schedules waits for this.
      await sql`lock table workflow_trigger in access exclusive mode`.execute(tx);
      await eventually('a round that waits', async () => {
        const { rows } = await sql<{ waiting: boolean }>`
          select exists (select from pg_locks where relation = 'workflow_trigger'::regclass and not granted) as waiting`.execute(tx);
        return rows[0]?.waiting === true;
      });
      const closing = instance.plane.close();
      await eventually('the run to wait for another process', async () => {
        const { status } = await instance.control.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow();
        return status === 'queued';
      });
      assert.equal(answered, false);
      release();
      assert.deepEqual(await answer, { answered: true });
      void closing;
    });
    await instance.plane.close();

    state.before = async () => undefined;
    await instance.restart();
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual([...state.published], [['a.json', '"ONE"']]);
  });

  it('waits for no check of an answer, and a run that is cancelled does not either', async () => {
    const { instance, place } = standIns;
    fresh();
    const slow = { properties: { a: { pattern: '^(a+)+$' } } };
    const begun: string[] = [];
    /** By document: what its last check came to. */
    const ends = new Map<string, unknown>();
    state.before = async (step, name, _signal, answerFault) => {
      if (step !== 'model') return;
      // One after the other, those of all runs, each for a second of a processor.
      const checks = Promise.allSettled(Array.from({ length: 3 }, () => answerFault(slow, `{"a":"${'a'.repeat(40)}!"}`)));
      begun.push(name);
      const { reason } = (await checks).at(-1) as PromiseRejectedResult;
      ends.set(name, reason);
      throw reason;
    };
    const runs = new Map<string, string>();
    const steps = extractAndKeep(standIns).slice(0, 2);
    for (const name of ['a.txt', 'b.txt', 'c.txt']) runs.set(name, await startTestRun(instance, place, steps, upload({ [name]: 'one' })));
    await eventually('the checks of all runs', async () => begun.length === runs.size);

    const [, stopped = '', cancelled = ''] = begun;
    const [stoppedRun = '', cancelledRun = ''] = [runs.get(stopped), runs.get(cancelled)];
    await instance.control.updateTable('run').set({ cancel_requested: true }).where('id', '=', cancelledRun).execute();
    assert.equal((await finishedRun(instance, cancelledRun)).status, 'cancelled');
    await instance.plane.close();
    for (const name of [cancelled, stopped]) assert.equal((ends.get(name) as Error).name, 'AbortError', name);
    for (const runId of [cancelledRun, stoppedRun]) {
      const items = await itemsOf(instance, runId);
      assert.deepEqual(
        items.map(({ status, failure, attempts }) => [status, failure, attempts]),
        [['waiting', null, 1]],
      );
    }

    state.before = async () => undefined;
    await instance.restart();
    assert.equal((await finishedRun(instance, stoppedRun)).status, 'succeeded');
  });
});
