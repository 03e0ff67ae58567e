import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, createInstanceClock, type DatabaseConnection } from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { createLogger } from '@holdfast/service';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { startPeriodicWork } from '../periodic-work.ts';
import { newDocuments } from '../runs/list-source.ts';
import { ACTOR } from '../testing/instance.ts';
import { sweepDocuments } from './sweep.ts';

describe('unused documents', { concurrency: false }, () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database?.[Symbol.asyncDispose]());

  it('go after 24 hours with their bytes, and so do the bytes of broken uploads; the rest stays', async () => {
    const control = connect(database.controlUrl, { name: 'test' });
    const data = connect(database.dataUrl, { name: 'test' });
    try {
      const organization_id = uuidv7();
      const project_id = uuidv7();
      await control.insertInto('project').values({ organization_id, id: project_id, name: 'P', created_by: ACTOR }).execute();
      const old = new Date(Date.now() - 25 * 3_600_000);
      const chunk = async (document_id: string) =>
        control
          .insertInto('document_chunk')
          .values({ organization_id, document_id, number: 0, bytes: Buffer.from('x') })
          .execute();
      const document = async (id: string, created_at: Date) =>
        control
          .insertInto('document')
          .values({
            organization_id,
            id,
            project_id,
            name: 'a',
            content_type: 'text/plain',
            size: 1,
            sha256: Buffer.alloc(32),
            created_by: ACTOR,
            created_at,
          })
          .execute();
      const [forgotten, fresh, underWay] = [uuidv7(), uuidv7(), uuidv7()];
      const broken = `${(Date.now() - 25 * 3_600_000)
        .toString(16)
        .padStart(12, '0')
        .replace(/^(.{8})/, '$1-')}-7000-8000-000000000001`;
      await document(forgotten, old);
      await document(fresh, new Date());
      for (const id of [forgotten, fresh, underWay, broken]) await chunk(id);

      assert.equal(await sweepDocuments(data, new Date(), { keptDays: 30 }), 1);
      const documents = await data.selectFrom('document').select('id').execute();
      const chunks = await data.selectFrom('document_chunk').select('document_id').execute();
      assert.deepEqual(
        documents.map(({ id }) => id),
        [fresh],
      );
      const events = await data.selectFrom('audit_event').select('body').where('organization_id', '=', organization_id).execute();
      assert.deepEqual(
        events.map(({ body }) => [JSON.parse(body).action, JSON.parse(body).detail.documents, JSON.parse(body).detail.bytes]),
        [['document.expire', 1, 1]],
      );
      assert.deepEqual(chunks.map(({ document_id }) => document_id).toSorted(), [fresh, underWay].toSorted());
    } finally {
      await control.destroy();
      await data.destroy();
    }
  });

  it('of a run go so many days after its end, and the run says so; those of a later run with them stay', async () => {
    const control = connect(database.controlUrl, { name: 'test' });
    const data = connect(database.dataUrl, { name: 'test' });
    const owner = connect(database.ownerUrl, { name: 'test' });
    try {
      await owner.deleteFrom('document').execute();
      const { place, project_id, workflow_id } = await makeWorkflow(owner);
      const runWith = async (daysAgo: number | null, documents: readonly string[], held: readonly string[] = documents) => {
        const id = uuidv7();
        const finished_at = daysAgo === null ? null : new Date(Date.now() - daysAgo * 86_400_000);
        const definition = JSON.stringify({ sources: [{ name: 'upload', kind: 'upload' }], steps: [] });
        await owner
          .insertInto('run')
          .values({ ...place, id, workflow_id, project_id, number: 1, definition, version: 1, started_by: ACTOR, finished_at })
          .execute();
        for (const document_id of documents) {
          const item = { ...place, run_id: id, id: uuidv7(), document_id, name: 'a', content_type: 'text/plain', size: 1 };
          await owner.insertInto('run_item').values(item).execute();
        }
        for (const document of held) {
          const row = { ...place, id: document, project_id, run_id: id, name: 'a', content_type: 'text/plain', size: 1, created_by: ACTOR };
          await owner
            .insertInto('document')
            .values({ ...row, sha256: Buffer.alloc(32) })
            .execute();
          await owner
            .insertInto('document_chunk')
            .values({ ...place, document_id: document, number: 0, bytes: Buffer.from('x') })
            .execute();
        }
        return id;
      };
      const many = Array.from({ length: 25 }, () => uuidv7());
      const [shared, recent, underWay] = [uuidv7(), uuidv7(), uuidv7()];
      const old = await runWith(31, many);
      const first = await runWith(31, [shared], []);
      await runWith(1, [shared, recent]);
      await runWith(null, [underWay]);

      assert.equal(await sweepDocuments(data, new Date(), { keptDays: 30 }), 25);
      const kept = await control.selectFrom('document').select('id').where('organization_id', '=', place.organization_id).execute();
      assert.deepEqual(kept.map(({ id }) => id).toSorted(), [shared, recent, underWay].toSorted());
      const chunks = await data
        .selectFrom('document_chunk')
        .select('document_id')
        .where('organization_id', '=', place.organization_id)
        .execute();
      assert.equal(chunks.length, 3);
      const runs = await control.selectFrom('run').select('id').where('documents_removed_at', 'is not', null).execute();
      assert.deepEqual(runs, [{ id: old }]);

      assert.equal(await sweepDocuments(data, new Date(Date.now() + 30 * 86_400_000), { keptDays: 30 }), 2);
      const later = await control.selectFrom('run').select('id').where('documents_removed_at', 'is not', null).execute();
      assert.equal(later.length, 3);
      assert.ok(later.some(({ id }) => id === first));
    } finally {
      for (const db of [control, data, owner]) await db.destroy();
    }
  });

  it('go when the workflow says, or its organization, or the operator; and so do logs, and runs with what they published known', async () => {
    const data = connect(database.dataUrl, { name: 'test' });
    const owner = connect(database.ownerUrl, { name: 'test' });
    try {
      await owner.deleteFrom('document').execute();
      await owner.deleteFrom('run').execute();
      const place = { organization_id: uuidv7() };
      const project_id = uuidv7();
      await owner
        .insertInto('project')
        .values({ ...place, id: project_id, name: 'P', created_by: ACTOR })
        .execute();
      const now = Date.now();
      const addRun = async (
        name: string,
        kept: { document_days?: number; log_days?: number; run_days?: number },
        daysAgo: number | null,
      ) => {
        const [id, workflow_id, document_id] = [uuidv7(), uuidv7(), uuidv7()];
        await owner
          .insertInto('workflow')
          .values({ ...place, id: workflow_id, project_id, name, created_by: ACTOR, ...kept })
          .execute();
        const finished_at = daysAgo === null ? null : new Date(now - daysAgo * 86_400_000 - 1_000);
        const definition = JSON.stringify({ sources: [{ name: 'upload', kind: 'upload' }], steps: [] });
        const status = daysAgo === null ? 'running' : 'succeeded';
        await owner
          .insertInto('run')
          .values({ ...place, id, workflow_id, project_id, number: 1, version: 1, definition, started_by: ACTOR, finished_at, status })
          .execute();
        const row = { ...place, id: document_id, project_id, run_id: id, name, content_type: 'text/plain', size: 1, created_by: ACTOR };
        await owner
          .insertInto('document')
          .values({ ...row, sha256: Buffer.alloc(32) })
          .execute();
        const item = { ...place, run_id: id, name, content_type: 'text/plain', size: 1 };
        await owner
          .insertInto('run_item')
          .values([
            { ...item, id: uuidv7(), document_id },
            { ...item, id: uuidv7(), source: 'inbox', reference: `${name}-1`, version: '7', status: 'published' },
            { ...item, id: uuidv7(), source: 'inbox', reference: `${name}-2`, status: 'failed' },
          ])
          .execute();
        await owner
          .insertInto('run_log')
          .values({ ...place, run_id: id, level: 'info', message: name })
          .execute();
        return id;
      };
      await owner
        .insertInto('retention')
        .values({ ...place, document_days: 5, log_days: 6, changed_by: ACTOR })
        .execute();
      const ids = {
        byOrganization: await addRun('byOrganization', {}, 5),
        young: await addRun('young', {}, 4),
        byWorkflow: await addRun('byWorkflow', { document_days: 20, log_days: 2 }, 10),
        nothing: await addRun('nothing', { document_days: 0, log_days: 0 }, 0),
        underWay: await addRun('underWay', { document_days: 0, log_days: 0, run_days: 1 }, null),
        over: await addRun('over', { document_days: 50, run_days: 9 }, 9),
      };
      const left = async () => {
        const runs = await owner.selectFrom('run').select(['id', 'documents_removed_at', 'log_removed_at']).execute();
        const named = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
        const lines = await owner.selectFrom('run_log').select('run_id').execute();
        return Object.fromEntries(
          runs.map(({ id, documents_removed_at, log_removed_at }) => {
            assert.equal(
              log_removed_at === null,
              lines.some(({ run_id }) => run_id === id),
            );
            return [named.get(id), `${documents_removed_at === null ? 'documents' : '-'} ${log_removed_at === null ? 'log' : '-'}`];
          }),
        );
      };
      const keep = { byOrganization: 'documents log', young: 'documents log', byWorkflow: 'documents log', underWay: 'documents log' };

      assert.equal(await sweepDocuments(data, new Date(now), { keptDays: 30, onlyAtOnce: true }), 3);
      assert.deepEqual(await left(), { ...keep, byOrganization: '- log', byWorkflow: 'documents -', nothing: '- -' });
      assert.equal(await sweepDocuments(data, new Date(now), { keptDays: 30 }), 0);
      assert.deepEqual(
        await owner.selectFrom('published_reference').select(['reference', 'version', 'failed']).orderBy('reference').execute(),
        [
          { reference: 'over-1', version: '7', failed: false },
          { reference: 'over-2', version: '', failed: true },
        ],
        'A run that is gone leaves behind what it published, and what it failed at.',
      );
      const record = await owner.selectFrom('audit_event').select('body').where('organization_id', '=', place.organization_id).execute();
      assert.deepEqual(
        new Set(record.map(({ body }) => JSON.parse(body).action)),
        new Set(['document.expire', 'run.expire', 'run.expire-log']),
      );

      await sweepDocuments(data, new Date(now + 30 * 86_400_000), { keptDays: 30 });
      assert.deepEqual(await left(), { byOrganization: '- -', young: '- -', byWorkflow: '- -', nothing: '- -', underWay: 'documents log' });
    } finally {
      for (const db of [data, owner]) await db.destroy();
    }
  });

  /** A workflow, in an organization of its own. */
  async function makeWorkflow(owner: DatabaseConnection) {
    const place = { organization_id: uuidv7() };
    const [project_id, workflow_id] = [uuidv7(), uuidv7()];
    await owner
      .insertInto('project')
      .values({ ...place, id: project_id, name: 'P', created_by: ACTOR })
      .execute();
    await owner
      .insertInto('workflow')
      .values({ ...place, id: workflow_id, project_id, name: 'W', created_by: ACTOR })
      .execute();
    return { place, project_id, workflow_id };
  }

  /** Makes runs and documents of a workflow, and says what is left of them. */
  async function workplace(owner: DatabaseConnection) {
    const { place, project_id, workflow_id } = await makeWorkflow(owner);
    let number = 0;
    return {
      ...place,
      workflow_id,
      async run(daysAgo: number | null) {
        const id = uuidv7();
        const finished_at = daysAgo === null ? null : new Date(Date.now() - daysAgo * 86_400_000);
        const definition = JSON.stringify({ sources: [{ name: 'upload', kind: 'upload' }], steps: [] });
        const run = { ...place, id, workflow_id, project_id, number: ++number, definition, version: 1, started_by: ACTOR, finished_at };
        await owner.insertInto('run').values(run).execute();
        return id;
      },
      async document(run_id: string | null, { uploaded }: { readonly uploaded: boolean }) {
        const id = uuidv7();
        const shape = { name: 'a', content_type: 'text/plain', size: 1 };
        await owner
          .insertInto('document')
          .values({ ...place, ...shape, id, project_id, run_id, sha256: Buffer.alloc(32), created_by: ACTOR })
          .execute();
        if (uploaded && run_id !== null) {
          await owner
            .insertInto('run_item')
            .values({ ...place, ...shape, run_id, id: uuidv7(), document_id: id })
            .execute();
        }
        return id;
      },
      async left() {
        const rows = await owner.selectFrom('document').select('id').where('organization_id', '=', place.organization_id).execute();
        return rows.map(({ id }) => id);
      },
      async removedAt(id: string) {
        const run = await owner.selectFrom('run').select('documents_removed_at').where('id', '=', id).executeTakeFirstOrThrow();
        return run.documents_removed_at;
      },
    };
  }

  it('go with what the steps of the run made of them, in as many transactions as it takes, and what is made later goes as well', async () => {
    await using data = disposable(connect(database.dataUrl, { name: 'test' }));
    await using owner = disposable(connect(database.ownerUrl, { name: 'test' }));
    const work = await workplace(owner.db);
    const run = await work.run(31);
    for (let count = 0; count < 15; count++) await work.document(run, { uploaded: true });
    for (let count = 0; count < 15; count++) await work.document(run, { uploaded: false });

    assert.equal(await sweepDocuments(data.db, new Date(), { keptDays: 30 }), 30);
    assert.deepEqual(await work.left(), []);
    assert.notEqual(await work.removedAt(run), null);
    await work.document(run, { uploaded: false });
    assert.equal(await sweepDocuments(data.db, new Date(), { keptDays: 30 }), 1);
    assert.deepEqual(await work.left(), []);
  });

  it('of a connector are left by those who leave what failed, also when the run is gone, until another run publishes them', async () => {
    await using data = disposable(connect(database.dataUrl, { name: 'test' }));
    await using owner = disposable(connect(database.ownerUrl, { name: 'test' }));
    const work = await workplace(owner.db);
    const { organization_id, workflow_id } = work;
    await owner.db.updateTable('workflow').set({ run_days: 9 }).where('id', '=', workflow_id).execute();
    const ended = async (status: 'failed' | 'published') => {
      const item = { organization_id, run_id: await work.run(9), id: uuidv7(), name: 'a', content_type: 'text/plain', size: 1 };
      await owner.db
        .insertInto('run_item')
        .values({ ...item, source: 'inbox', reference: 'a', version: '1', status })
        .execute();
      await sweepDocuments(data.db, new Date(Date.now() + 1_000), { keptDays: 30 });
      assert.deepEqual(await owner.db.selectFrom('run').select('id').where('id', '=', item.run_id).execute(), []);
    };
    const found = [{ reference: 'a', version: '1', name: 'a', contentType: 'text/plain' }];
    const run = { organizationId: organization_id, workflowId: workflow_id, id: undefined };
    const isNew = async () => {
      const polled = await newDocuments(data.db, run, { name: 'inbox', leavesFailed: true }, found);
      const byHand = await newDocuments(data.db, run, { name: 'inbox' }, found);
      return { polled: polled.length === 1, byHand: byHand.length === 1 };
    };

    assert.deepEqual(await isNew(), { polled: true, byHand: true });
    await ended('failed');
    assert.deepEqual(await isNew(), { polled: false, byHand: true });
    await ended('published');
    assert.deepEqual(await isNew(), { polled: false, byHand: false });
    await ended('failed');
    assert.deepEqual(await isNew(), { polled: false, byHand: false });
  });

  it('of a connector that may have arrived are taken by no other run, also when theirs is gone', async () => {
    await using data = disposable(connect(database.dataUrl, { name: 'test' }));
    await using owner = disposable(connect(database.ownerUrl, { name: 'test' }));
    const work = await workplace(owner.db);
    const { organization_id, workflow_id } = work;
    await owner.db.updateTable('workflow').set({ run_days: 9 }).where('id', '=', workflow_id).execute();
    const item = { organization_id, run_id: await work.run(9), id: uuidv7(), name: 'a', content_type: 'text/plain', size: 1 };
    const uncertain = { status: 'failed', failure: JSON.stringify({ code: 'publication_uncertain', detail: '', remedy: '' }) } as const;
    await owner.db
      .insertInto('run_item')
      .values({ ...item, ...uncertain, source: 'inbox', reference: 'a', version: '1' })
      .execute();
    const run = { organizationId: organization_id, workflowId: workflow_id, id: undefined };
    const byHand = () => newDocuments(data.db, run, { name: 'inbox' }, [{ reference: 'a', version: '1' }]);
    assert.deepEqual(await byHand(), []);
    await sweepDocuments(data.db, new Date(Date.now() + 1_000), { keptDays: 30 });
    assert.deepEqual(await owner.db.selectFrom('run').select('id').where('id', '=', item.run_id).execute(), []);
    assert.deepEqual(await byHand(), []);
  });

  it('stay while a run has them that has not ended, also when they count as those of another that has', async () => {
    await using data = disposable(connect(database.dataUrl, { name: 'test' }));
    await using owner = disposable(connect(database.ownerUrl, { name: 'test' }));
    const work = await workplace(owner.db);
    const { organization_id, workflow_id } = work;
    await owner.db.updateTable('workflow').set({ document_days: 0 }).where('id', '=', workflow_id).execute();
    const [under, ended] = [await work.run(null), await work.run(0)];
    const document_id = await work.document(ended, { uploaded: true });
    const item = { organization_id, run_id: under, id: uuidv7(), document_id, name: 'a', content_type: 'text/plain', size: 1 };
    await owner.db.insertInto('run_item').values(item).execute();
    const sweep = () => sweepDocuments(data.db, new Date(Date.now() + 1_000), { keptDays: 30, onlyAtOnce: true });
    assert.equal(await sweep(), 0);
    assert.deepEqual(await work.left(), [document_id]);
    await owner.db.updateTable('run').set({ finished_at: new Date() }).where('id', '=', under).execute();
    assert.equal(await sweep(), 1);
    assert.deepEqual(await work.left(), []);
  });

  it('stay with a run that takes them over while the sweep waits for it', async () => {
    await using data = disposable(connect(database.dataUrl, { name: 'swept' }));
    await using owner = disposable(connect(database.ownerUrl, { name: 'test' }));
    const work = await workplace(owner.db);
    const [old, next] = [await work.run(31), await work.run(null)];
    const document = await work.document(old, { uploaded: true });

    const taking = await owner.db.startTransaction().execute();
    await taking.updateTable('document').set({ run_id: next }).where('id', '=', document).execute();
    const sweeping = sweepDocuments(data.db, new Date(), { keptDays: 30 });
    await eventually('the sweep to wait', async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and application_name like '%swept%' and wait_event_type = 'Lock'`.execute(
        owner.db,
      );
      return rows.length > 0;
    });
    await taking.commit().execute();
    assert.equal(await sweeping, 0);
    assert.deepEqual(await work.left(), [document]);
  });

  it('go by the time of the instance, whatever the clock of the node that sweeps says', async (test) => {
    await using data = disposable(connect(database.dataUrl, { name: 'test' }));
    await using owner = disposable(connect(database.ownerUrl, { name: 'test' }));
    const work = await workplace(owner.db);
    const unused = await work.document(null, { uploaded: false });
    const ended = await work.document(await work.run(1), { uploaded: true });
    const clock = createInstanceClock(data.db);
    await owner.db.deleteFrom('periodic_work').execute();

    test.mock.timers.enable({ apis: ['Date'], now: Date.now() + 40 * 86_400_000 });
    const term = { held: () => true, confirm: async () => undefined };
    const documents = { db: data.db, bucket: undefined };
    const dependencies = { db: data.db, documents, clock, logger: createLogger({ name: 'test', level: 'silent' }), term: () => term };
    const periodic = startPeriodicWork(
      dependencies as unknown as Parameters<typeof startPeriodicWork>[0],
      { databaseUrl: database.dataUrl, documentRetentionDays: 30 } as Parameters<typeof startPeriodicWork>[1],
      'test',
    );
    try {
      await eventually('the sweep to end', () =>
        owner.db
          .selectFrom('periodic_work')
          .select('name')
          .where('name', '=', 'sweep documents')
          .where('ended', '=', true)
          .executeTakeFirst(),
      );
    } finally {
      await periodic.stop();
      clock.stop();
    }
    assert.deepEqual(await work.left(), [unused, ended]);
  });
});

function disposable(db: DatabaseConnection): { readonly db: DatabaseConnection } & AsyncDisposable {
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}
