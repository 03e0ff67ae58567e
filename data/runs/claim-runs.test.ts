import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type DatabaseConnection } from '@holdfast/db';
import { connect as connectData, type DatabaseConnection as DataConnection } from '@holdfast/db/data';
import { type TestDatabase, testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { NOT_COUNTED } from '../metrics.ts';
import type { RecordFollower } from '../record/follower.ts';
import { endCancelledWaiting } from './cancelled-waiting.ts';
import { type ClaimedRun, claimRuns, type RunLimits, readOccupancy } from './claim-runs.ts';
import { createFinishRun } from './finish-run.ts';
import { createItemChanges } from './item-changes.ts';
import { newDocuments } from './list-source.ts';
import { openRunLocks, type RunLocks } from './run-locks.ts';

const SESSION = 'test-claims';
const ACTOR = JSON.stringify({ kind: 'member', id: null, name: 'Ada Example' });
const [NODE, OTHER_NODE] = [uuidv7(), uuidv7()];
const organizationId = uuidv7();

describe('a run that waits', { concurrency: false }, () => {
  let database: TestDatabase;
  let owner: DatabaseConnection;
  let data: DataConnection;
  let locks: RunLocks;
  let workflowId = '';
  before(async () => {
    database = await testDatabase();
    owner = connect(database.ownerUrl, { name: 'test', maximumConnections: 2 });
    data = connectData(database.dataUrl, { name: 'test', maximumConnections: 2 });
    locks = await openRunLocks(database.dataUrl, SESSION);
    await owner.insertInto('auth.organization').values({ id: organizationId, name: 'Acme', slug: 'acme', createdAt: new Date() }).execute();
    for (const id of [NODE, OTHER_NODE]) {
      await sql`insert into node (id, plane, incarnation, host, process_id, version) values (${id}, 'data', ${uuidv7()}, 'host', 1, '1')`.execute(
        owner,
      );
    }
    const projectId = uuidv7();
    workflowId = uuidv7();
    await sql`insert into project (organization_id, id, name, created_by) values (${organizationId}, ${projectId}, 'Filing', ${ACTOR})`.execute(
      owner,
    );
    await sql`insert into workflow (organization_id, id, project_id, name, created_by)
      values (${organizationId}, ${workflowId}, ${projectId}, 'File', ${ACTOR})`.execute(owner);
  });
  after(async () => {
    await locks?.close();
    await data?.destroy();
    await owner?.destroy();
    await database?.[Symbol.asyncDispose]();
  });

  let numbers = 0;
  /** A run with one item. */
  async function waitingRun(
    source: object | readonly object[] = { kind: 'upload' },
    of = workflowId,
  ): Promise<{ runId: string; itemId: string }> {
    const [runId, itemId] = [uuidv7(), uuidv7()];
    const definition = JSON.stringify({ sources: [source].flat(), steps: [] });
    await sql`insert into run (organization_id, id, workflow_id, project_id, number, definition, version, started_by)
      select ${organizationId}, ${runId}, id, project_id, ${++numbers}::integer, ${definition}, 1, ${ACTOR}
      from workflow where id = ${of}`.execute(owner);
    await sql`insert into run_item (organization_id, run_id, id, name, content_type, size)
      values (${organizationId}, ${runId}, ${itemId}, 'a.txt', 'text/plain', 1)`.execute(owner);
    return { runId, itemId };
  }
  async function claim(nodeId: string, limits: RunLimits = { runsOfOrganization: 100 }): Promise<readonly ClaimedRun[]> {
    const claims = await claimRuns(locks.connection, nodeId, 4, [], limits);
    assert.ok(claims);
    return claims.runs;
  }
  const workflows = async () => (await owner.selectFrom('workflow').select('id').orderBy('id').execute()).map(({ id }) => id);
  const idsOf = (runs: readonly ClaimedRun[]) => runs.map(({ id }) => id);
  const itemOf = (id: string) => owner.selectFrom('run_item').select(['status', 'attempts']).where('id', '=', id).executeTakeFirstOrThrow();

  it('for a folder is claimed by a node that has the folder, and one for nobody’s folder by any', async () => {
    await sql`insert into source_folder (organization_slug, name, node_id) values ('acme', 'inbox', ${NODE})`.execute(owner);
    const { runId } = await waitingRun({ kind: 'folder', folder: 'inbox' });
    assert.deepEqual(idsOf(await claim(OTHER_NODE)), []);
    assert.deepEqual(idsOf(await claim(NODE)), [runId]);
    const nobodys = await waitingRun({ kind: 'folder', folder: 'outbox' });
    assert.deepEqual(idsOf(await claim(OTHER_NODE)), [nobodys.runId]);
  });

  it('for several folders is claimed by a node that has them all, and by any where no node has', async () => {
    const folders = ['left', 'right'].map((folder) => ({ kind: 'folder', folder }));
    const offer = (name: string, nodeId: string) =>
      sql`insert into source_folder (organization_slug, name, node_id) values ('acme', ${name}, ${nodeId})`.execute(owner);
    await offer('left', NODE);
    await offer('left', OTHER_NODE);
    await offer('right', NODE);
    const { runId } = await waitingRun(folders);
    assert.deepEqual(idsOf(await claim(OTHER_NODE)), []);
    assert.deepEqual(idsOf(await claim(NODE)), [runId]);
    const apart = await waitingRun([
      { kind: 'folder', folder: 'left' },
      { kind: 'folder', folder: 'nowhere' },
    ]);
    assert.deepEqual(idsOf(await claim(OTHER_NODE)), [apart.runId]);
  });

  it('says, when it is claimed, whether somebody has cancelled it', async () => {
    const [cancelled, other] = [await waitingRun(), await waitingRun()];
    await owner.updateTable('run').set({ cancel_requested: true }).where('id', '=', cancelled.runId).execute();
    const runs = await claim(NODE);
    assert.deepEqual(
      new Map(runs.map(({ id, cancelRequested }) => [id, cancelRequested])),
      new Map([
        [cancelled.runId, true],
        [other.runId, false],
      ]),
    );
  });

  it('has an item that is claimed once, and waits as before when it is released', async () => {
    const { runId, itemId } = await waitingRun();
    assert.deepEqual(idsOf(await claim(NODE)), [runId]);
    const items = createItemChanges(locks.connection);
    const place = { organizationId, runId, itemId };
    assert.deepEqual(await Promise.all([items.claim(place), items.claim({ ...place, itemId: uuidv7() })]), [1, undefined]);
    assert.equal(await items.claim(place), undefined);
    assert.deepEqual(await itemOf(itemId), { status: 'running', attempts: 1 });
    await items.release(place);
    assert.deepEqual(await itemOf(itemId), { status: 'waiting', attempts: 0 });
    assert.equal(await items.claim(place), 1);
    await items.settle(place, { status: 'published', publishedAs: 'a.txt', size: 1 });
    await items.release(place);
    assert.deepEqual(await itemOf(itemId), { status: 'published', attempts: 1 });
  });

  it('is neither ended nor worked on by a process whose session is lost, and is claimed by another', async () => {
    const { runId, itemId } = await waitingRun();
    const [run] = await claim(NODE);
    assert.equal(run?.id, runId);
    const handedOver: string[] = [];
    const follower = { handOver: async (id: string) => void handedOver.push(id) };
    const finish = createFinishRun(data, locks.connection, NOT_COUNTED, follower);
    const items = createItemChanges(locks.connection);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${SESSION}`.execute(owner);
    await assert.rejects(items.claim({ organizationId, runId, itemId }));
    await assert.rejects(finish({ run: run as ClaimedRun, stop: { kind: 'done' }, from: 'running' }));
    assert.deepEqual(await itemOf(itemId), { status: 'waiting', attempts: 0 });
    assert.equal((await owner.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow()).status, 'running');
    await locks.close();
    await sql`update run set status = 'queued' where id = ${runId}`.execute(owner);
    locks = await openRunLocks(database.dataUrl, SESSION);
    const [again] = await claim(NODE);
    assert.equal(again?.id, runId);
    await owner.updateTable('run_item').set({ status: 'published' }).where('id', '=', itemId).execute();
    await createFinishRun(
      data,
      locks.connection,
      NOT_COUNTED,
      follower,
    )({ run: again as ClaimedRun, stop: { kind: 'done' }, from: 'running' });
    assert.deepEqual(handedOver, [organizationId]);
    assert.equal((await owner.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow()).status, 'succeeded');
  });

  it('loses no result to a note of progress that goes with it, and is noted as before otherwise', async () => {
    const { runId, itemId } = await waitingRun();
    const second = await waitingRun();
    await claim(NODE);
    const items = createItemChanges(locks.connection);
    const places = [
      { organizationId, runId, itemId },
      { organizationId, runId: second.runId, itemId: second.itemId },
    ] as const;
    for (const place of places) await items.claim(place);
    const result = { status: 'waiting', failure: null } as const;
    await Promise.all([
      items.noteProgress(places[0], 1),
      items.settle(places[0], result),
      items.settle(places[1], result),
      items.noteProgress(places[1], 1),
    ]);
    for (const place of places) {
      assert.deepEqual(await itemOf(place.itemId), { status: 'waiting', attempts: 1 });
      assert.equal(await items.claim(place), 2);
    }
    await items.noteProgress(places[0], 1);
    const { sent } = await owner.selectFrom('run_item').select('sent').where('id', '=', itemId).executeTakeFirstOrThrow();
    assert.equal(Number(sent), 1);
    await end([runId, second.runId]);
  });

  it('has not succeeded when a document did not come to its end', async () => {
    const { runId, itemId } = await waitingRun();
    const [run] = await claim(NODE);
    await createItemChanges(locks.connection).claim({ organizationId, runId, itemId });
    const finish = createFinishRun(data, locks.connection, NOT_COUNTED, { handOver: async () => undefined });
    await finish({ run: run as ClaimedRun, stop: { kind: 'done' }, from: 'running' });
    const ended = await owner.selectFrom('run').select(['status', 'failure']).where('id', '=', runId).executeTakeFirstOrThrow();
    assert.deepEqual([ended.status, ended.failure?.code], ['failed', 'documents_not_sent']);
  });

  it('is ended when it was cancelled, however many of another organization were', async () => {
    const [other, projectId, of] = [uuidv7(), uuidv7(), uuidv7()];
    await sql`insert into project (organization_id, id, name, created_by) values (${other}, ${projectId}, 'P', ${ACTOR})`.execute(owner);
    await sql`insert into workflow (organization_id, id, project_id, name, created_by) values (${other}, ${of}, ${projectId}, 'W', ${ACTOR})`.execute(
      owner,
    );
    const cancelled = (organization: string, workflow: string, count: number) =>
      sql<{ id: string }>`
        insert into run (organization_id, id, workflow_id, project_id, number, definition, version, started_by, cancel_requested)
        select organization_id, gen_random_uuid(), id, project_id, 100000 + n, '{"sources":[],"steps":[]}', 1, ${ACTOR}, true
        from workflow, generate_series(1, ${count}::integer) n where organization_id = ${organization} and id = ${workflow}
        returning id`.execute(owner);
    const many = await cancelled(organizationId, workflowId, 101);
    const [one] = (await cancelled(other, of, 1)).rows;
    await endCancelledWaiting(data, NOT_COUNTED, { handOver: async () => undefined } as unknown as RecordFollower);
    const { status } = await owner
      .selectFrom('run')
      .select('status')
      .where('id', '=', one?.id ?? '')
      .executeTakeFirstOrThrow();
    assert.equal(status, 'cancelled');
    await end(many.rows.map(({ id }) => id));
    await sql`delete from workflow where id = ${of}`.execute(owner);
  });

  it('is ended when it was cancelled after its node had died, and what may have been sent has failed', async () => {
    const { runId, itemId } = await waitingRun();
    const [sentId, doneId] = [uuidv7(), uuidv7()];
    const [step, done] = [uuidv7(), uuidv7()];
    await sql`update run set cancel_requested = true where id = ${runId}`.execute(owner);
    await sql`update run_item set status = 'running', attempts = 1 where id = ${itemId}`.execute(owner);
    await sql`insert into run_item (organization_id, run_id, id, name, content_type, size, source, reference, status, attempts, sending_step)
      values (${organizationId}, ${runId}, ${sentId}, 'b.txt', 'text/plain', 1, 'inbox', 'b.txt', 'running', 1, ${step}),
        (${organizationId}, ${runId}, ${doneId}, 'c.txt', 'text/plain', 1, 'inbox', 'c.txt', 'running', 1, ${done})`.execute(owner);
    await sql`insert into item_step (organization_id, run_id, item_id, step_id, outcome, milliseconds)
      values (${organizationId}, ${runId}, ${doneId}, ${done}, 'published', 1)`.execute(owner);
    await endCancelledWaiting(data, NOT_COUNTED, { handOver: async () => undefined } as unknown as RecordFollower);
    const ended = await owner.selectFrom('run').select(['status', 'counts']).where('id', '=', runId).executeTakeFirstOrThrow();
    assert.deepEqual([ended.status, ended.counts?.running, ended.counts?.waiting, ended.counts?.failed], ['cancelled', 0, 2, 1]);
    const items = await owner
      .selectFrom('run_item')
      .select(['id', 'status', 'failure'])
      .where('run_id', '=', runId)
      .orderBy('id')
      .execute();
    assert.deepEqual(
      items.map(({ id, status, failure }) => [id, status, failure?.code]),
      [
        [itemId, 'waiting', undefined],
        [sentId, 'failed', 'publication_uncertain'],
        [doneId, 'waiting', undefined],
      ],
    );
    const lines = await owner.selectFrom('run_log').select('message').where('run_id', '=', runId).orderBy('sequence').execute();
    assert.match(lines[0]?.message ?? '', /^“b\.txt”: .* may have arrived\. Look whether/);
    assert.match(lines[1]?.message ?? '', /^The run was cancelled/);
    const found = [{ reference: 'b.txt' }, { reference: 'c.txt' }];
    const offered = await newDocuments(data, { organizationId, workflowId, id: undefined }, { name: 'inbox' }, found);
    assert.deepEqual(offered, [{ reference: 'c.txt' }]);
  });

  const running = async () => (await owner.selectFrom('run').select('id').where('status', '=', 'running').execute()).length;
  const end = (ids: readonly string[]) =>
    sql`update run set status = 'succeeded', finished_at = now() where id = any(${ids}::uuid[])`.execute(owner);
  const all = async () => (await owner.selectFrom('run').select('id').execute()).map(({ id }) => id);

  it('waits while as many runs of its workflow are under way as its editors allow, and another workflow does not', async () => {
    await end(await all());
    await sql`update workflow set maximum_runs = 2 where id = ${workflowId}`.execute(owner);
    const other = uuidv7();
    await sql`insert into workflow (organization_id, id, project_id, name, created_by)
      select organization_id, ${other}, project_id, 'Other', created_by from workflow where id = ${workflowId}`.execute(owner);
    const own = [await waitingRun(), await waitingRun(), await waitingRun(), await waitingRun()].map(({ runId }) => runId);
    const ofOther = await waitingRun({ kind: 'upload' }, other);
    assert.deepEqual(new Set(idsOf(await claim(NODE))), new Set([own[0], own[1], ofOther.runId]));
    assert.deepEqual(await claim(NODE), []);
    assert.equal((await readOccupancy(data, NODE, [], { runsOfOrganization: 100 })).fewestOfWaiting, undefined);
    await end([own[0] ?? '']);
    assert.deepEqual(idsOf(await claim(NODE)), [own[2]]);
  });

  it('waits while as many runs of its organization are under way as the operator allows', async () => {
    await end(await all());
    const own = [await waitingRun(), await waitingRun({ kind: 'upload' }, (await workflows())[1])].map(({ runId }) => runId);
    const limits = { runsOfOrganization: 1 };
    assert.deepEqual(idsOf(await claim(NODE, limits)), [own[0]]);
    assert.deepEqual(await claim(NODE, limits), []);
    assert.equal((await readOccupancy(data, NODE, [], limits)).fewestOfWaiting, undefined);
    await end([own[0] ?? '']);
    assert.deepEqual(idsOf(await claim(NODE, limits)), [own[1]]);
  });

  it('is claimed beside others by many nodes at once without going beyond a limit', async () => {
    await end(await all());
    await sql`update workflow set maximum_runs = 3 where id = ${workflowId}`.execute(owner);
    for (let number = 0; number < 12; number++) await waitingRun();
    const limits = { runsOfOrganization: 100 };
    await sql`select pg_advisory_lock(hashtextextended('claim runs', 0))`.execute(locks.connection);
    const waiting = await openRunLocks(database.dataUrl, SESSION);
    assert.equal(await claimRuns(waiting.connection, NODE, 2, [], limits), undefined, 'Another node claims at this moment.');
    await waiting.close();
    await sql`select pg_advisory_unlock(hashtextextended('claim runs', 0))`.execute(locks.connection);
    const nodes = await Promise.all(Array.from({ length: 4 }, () => openRunLocks(database.dataUrl, SESSION)));
    try {
      for (let round = 0; round < 10; round++) {
        const claims = nodes.map(({ connection }) => claimRuns(connection, NODE, 2, [], { runsOfOrganization: 100 }));
        assert.ok((await Promise.all(claims)).some((claimed) => claimed !== undefined));
      }
      assert.equal(await running(), 3);
    } finally {
      for (const node of nodes) await node.close();
    }
  });
});
