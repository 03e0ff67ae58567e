import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect } from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
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
        await owner.selectFrom('published_reference').select(['reference', 'version']).execute(),
        [{ reference: 'over-1', version: '7' }],
        'A run that is gone leaves behind what it published.',
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
});
