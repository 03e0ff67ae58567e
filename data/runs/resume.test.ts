import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConnectorError } from '@holdfast/connector';
import { uuidv7 } from '@holdfast/envelope';
import { createLogger } from '@holdfast/service';
import { sql } from 'kysely';
import type { TestInstance, TestOrganization } from '../testing/instance.ts';
import { finishedRun, itemsOf, retryTestRun, startTestRun } from '../testing/runs.ts';
import { extractAndKeep, fresh, type StandInInstance, standInInstance, state, upload } from '../testing/stand-in-connectors.ts';
import { createFinishStep } from './item-steps.ts';
import { resumeRuns } from './resume.ts';
import { lockOfRun } from './run-locks.ts';

describe('a run that goes on or is tried again', { concurrency: false }, () => {
  let standIns: StandInInstance;
  let instance: TestInstance;
  let place: TestOrganization;
  let store = '';
  before(async () => {
    standIns = await standInInstance();
    ({ instance, place, store } = standIns);
  });
  after(() => standIns?.[Symbol.asyncDispose]());
  const stepsOf = () => extractAndKeep(standIns);

  it('repeats no step that is done: not after a failure, and not after the process ended in the middle', async () => {
    fresh();
    let attempts = 0;
    state.before = async (step) => {
      if (step !== 'publisher') return;
      attempts += 1;
      if (attempts === 1) throw new ConnectorError('upstream_unreachable', 'The line is cut.', { retryable: true });
    };
    const steps = stepsOf().slice(0, 2);
    const runId = await startTestRun(instance, place, steps, upload({ 'e.txt': 'one' }));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual(state.transformed, ['e.txt']);

    fresh();
    const { promise: stuck, resolve: isStuck } = Promise.withResolvers<void>();
    state.before = async (step, _name, signal) => {
      if (step !== 'publisher') return;
      isStuck();
      await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    const second = await startTestRun(instance, place, steps, upload({ 'f.txt': 'one' }));
    await stuck;
    await instance.plane.close();
    state.before = async () => undefined;
    await instance.restart();
    assert.equal((await finishedRun(instance, second)).status, 'succeeded');
    assert.deepEqual(state.transformed, ['f.txt']);
    assert.deepEqual([...state.published], [['f.json', '"ONE"']]);
  });

  it('ends with the document that a data plane worked on at each of its ends, and with no other', async () => {
    fresh();
    const runId = await startTestRun(instance, place, stepsOf().slice(0, 2), upload({ 'o.txt': 'one', 'p.txt': 'two', 'q.txt': 'three' }));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    await instance.plane.close();
    fresh();
    // As a process leaves them that is killed: the first at its last attempt, the second earlier.
    const [first, second] = await itemsOf(instance, runId);
    await sql`delete from item_step where run_id = ${runId}`.execute(instance.owner);
    for (const [item, attempts] of [
      [first, 8],
      [second, 7],
    ] as const) {
      await sql`update run_item set status = 'running', attempts = ${attempts}, finished_at = null, published_as = null
        where run_id = ${runId} and id = ${item?.id}`.execute(instance.owner);
    }
    await sql`update run set status = 'running', finished_at = null where id = ${runId}`.execute(instance.owner);
    await instance.restart();
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    const items = await itemsOf(instance, runId);
    assert.deepEqual(
      items.map(({ status }) => status),
      ['failed', 'published', 'published'],
    );
    assert.equal(items[0]?.failure?.code, 'run_interrupted');
    assert.match(items[0]?.failure?.detail ?? '', /The data plane ended while it worked on this document.* 8 attempts/);
    assert.deepEqual(state.transformed, ['p.txt']);
  });

  it('fails what workers had at each end of the process, and nothing that was done or only claimed by then', async ({ mock }) => {
    fresh();
    // What is held for others to go with stays held: a process is killed before.
    const { setTimeout: real } = globalThis;
    mock.method(globalThis, 'setTimeout', ((work: () => void, milliseconds?: number, ...rest: []) =>
      real(work, milliseconds === 100 ? 600_000 : milliseconds, ...rest)) as typeof setTimeout);
    const quick = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8'];
    const slow = ['b1', 'b2', 'b3', 'b4'];
    const others = Array.from({ length: 16 }, (_, index) => `c${index + 10}`);
    const names = [...quick, ...slow, ...others].map((name) => `${name}.txt`);
    const snapshot = () => itemsOf(instance, runId);
    let underWay: string[] = [];
    let allAreUnderWay = Promise.withResolvers<void>();
    state.before = async (_step, name, signal) => {
      if (!name.startsWith('b')) return;
      underWay.push(name);
      if (underWay.length === slow.length) allAreUnderWay.resolve();
      await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    const runId = await startTestRun(instance, place, [store], upload(Object.fromEntries(names.map((name) => [name, name]))));
    for (let end = 1; end <= 8; end += 1) {
      await allAreUnderWay.promise;
      const left = await snapshot();
      underWay = [];
      allAreUnderWay = Promise.withResolvers<void>();
      await instance.plane.close();
      // As a process leaves it that is killed at that moment.
      for (const { id, status, attempts, sent, published_as, finished_at } of left) {
        await instance.owner
          .updateTable('run_item')
          .set({ status, attempts, sent, published_as, finished_at, failure: null })
          .where('run_id', '=', runId)
          .where('id', '=', id)
          .execute();
      }
      await sql`update run set status = 'running', finished_at = null where id = ${runId}`.execute(instance.owner);
      if (end === 8) {
        state.before = async () => undefined;
        mock.restoreAll();
      }
      await instance.restart();
    }
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    const items = await snapshot();
    assert.deepEqual(
      items.filter(({ status }) => status === 'failed').map(({ name }) => name),
      slow.map((name) => `${name}.txt`),
    );
    for (const { name, status, failure } of items) {
      if (status === 'failed') assert.equal(failure?.code, 'run_interrupted', name);
      else assert.match(status, /^(?:published|unchanged)$/, name);
    }
  });

  it('tries what failed again after its end, alone or all of it, and repeats nothing that is done', async () => {
    fresh();
    const refused = new Set(['g.json', 'h.json']);
    const sent: string[] = [];
    state.before = async (step, name) => {
      if (step !== 'publisher') return;
      if (refused.has(name)) throw new ConnectorError('upstream_refused', `“${name}” is too odd.`, { documentOnly: true });
      sent.push(name);
    };
    const documents = upload({ 'g.txt': 'one', 'h.txt': 'two', 'i.txt': 'three' });
    const runId = await startTestRun(instance, place, stepsOf().slice(0, 2), documents);
    assert.equal(await retryTestRun(instance, runId), null, 'A run that goes on is not taken up again.');
    const failed = await finishedRun(instance, runId);
    assert.deepEqual([failed.status, failed.counts?.failed, failed.counts?.published], ['failed', 2, 1]);
    const statuses = async () => (await itemsOf(instance, runId)).map(({ status }) => status);
    assert.deepEqual(await statuses(), ['failed', 'failed', 'published']);

    refused.clear();
    const [first] = await itemsOf(instance, runId);
    assert.equal(await retryTestRun(instance, runId, { chosen: [first?.id ?? ''] }), 1);
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    assert.deepEqual(await statuses(), ['published', 'failed', 'published']);
    assert.equal(await retryTestRun(instance, runId, { onlyFailed: true }), 1);
    const ended = await finishedRun(instance, runId);
    assert.deepEqual([ended.status, ended.retries, ended.counts?.published], ['succeeded', 2, 3]);
    assert.deepEqual(sent.toSorted(), ['g.json', 'h.json', 'i.json']);
    assert.deepEqual(state.transformed.toSorted(), ['g.txt', 'h.txt', 'i.txt']);
    assert.equal(await retryTestRun(instance, runId), 0);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
  });

  it('goes on after it was cancelled, with the chosen documents alone, and then with the rest', async () => {
    fresh();
    const { promise: stuck, resolve: isStuck } = Promise.withResolvers<void>();
    state.before = async (step, name, signal) => {
      if (step !== 'publisher' || name === 'k.json') return;
      isStuck();
      await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    const runId = await startTestRun(instance, place, stepsOf().slice(0, 2), upload({ 'j.txt': 'one', 'k.txt': 'two', 'l.txt': 'three' }));
    await stuck;
    await instance.control.updateTable('run').set({ cancel_requested: true }).where('id', '=', runId).execute();
    assert.equal((await finishedRun(instance, runId)).status, 'cancelled');
    state.before = async () => undefined;
    const items = await itemsOf(instance, runId);
    const waiting = items.filter(({ status }) => status === 'waiting').map(({ id }) => id);
    assert.ok(waiting.length >= 2);
    assert.equal(await retryTestRun(instance, runId, { chosen: waiting.slice(0, 1) }), 1);
    const partly = await finishedRun(instance, runId);
    assert.deepEqual([partly.status, partly.failure?.code], ['failed', 'documents_not_sent']);
    assert.equal(partly.counts?.waiting, waiting.length - 1);
    assert.equal(await retryTestRun(instance, runId), waiting.length - 1);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.equal(state.published.size, 3);
  });

  it('does a step again when what it made is not kept any more', async () => {
    fresh();
    state.before = async (step) => {
      if (step === 'publisher') throw new ConnectorError('upstream_refused', 'Too odd.', { documentOnly: true });
    };
    const runId = await startTestRun(instance, place, stepsOf().slice(0, 2), upload({ 'm.txt': 'one' }));
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    await instance.owner.deleteFrom('document').where('run_id', '=', runId).where('name', '=', 'm.json').execute();
    state.before = async () => undefined;
    await retryTestRun(instance, runId);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual(state.transformed, ['m.txt', 'm.txt']);
    assert.deepEqual([...state.published], [['m.json', '"ONE"']]);
  });

  it('notes no step of an item that is not under way any more', async () => {
    fresh();
    const runId = await startTestRun(instance, place, [store], upload({ 'h.txt': 'text' }));
    await finishedRun(instance, runId);
    const [item] = await itemsOf(instance, runId);
    const itemPlace = { organizationId: place.id, runId, itemId: item?.id ?? '' };
    const db = instance.connectAs('data');
    const finish = createFinishStep(db as unknown as Parameters<typeof createFinishStep>[0]);
    const step = { stepId: uuidv7(), outcome: 'published', publishedAs: 'x', results: [], milliseconds: 1, place: itemPlace } as const;
    await assert.rejects(finish(step), { name: 'ItemTakenAway' });
    await db.destroy();
    assert.deepEqual(await instance.control.selectFrom('item_step').select('item_id').where('run_id', '=', runId).execute(), []);
  });

  it('waits again when nobody works on it, behind however many that are worked on', async () => {
    await using holder = instance.connectAs('data');
    const { owner } = instance;
    const runId = await startTestRun(instance, place, [store], upload({ 'n.txt': 'text' }));
    await finishedRun(instance, runId);
    await instance.plane.close();
    const held = Promise.withResolvers<void>();
    try {
      const { rows } = await sql<{ id: string }>`
        insert into run (organization_id, id, workflow_id, project_id, number, definition, version, started_by, status)
        select organization_id, gen_random_uuid(), workflow_id, project_id, 1000 + n, definition, 1, started_by, 'running'
        from run, generate_series(1, 201) n where id = ${runId} order by n returning id`.execute(owner);
      const stranded = rows.at(-1)?.id ?? '';
      const locked = Promise.withResolvers<void>();
      const holding = holder.connection().execute(async (session) => {
        await sql`select pg_advisory_lock(${lockOfRun(sql.ref('run.id'))}) from run where status = 'running' and id <> ${stranded}`.execute(
          session,
        );
        locked.resolve();
        await held.promise;
        await sql`select pg_advisory_unlock_all()`.execute(session);
      });
      await locked.promise;
      await using data = instance.connectAs('data');
      await resumeRuns(data, createLogger({ name: 'test', level: 'silent' }));
      const waiting = await owner.selectFrom('run').select('id').where('status', '=', 'queued').execute();
      assert.deepEqual(waiting, [{ id: stranded }]);
      held.resolve();
      await holding;
    } finally {
      held.resolve();
      await sql`update run set status = 'cancelled', finished_at = now() where status in ('queued', 'running')`.execute(owner);
      await instance.restart();
    }
  });
});
