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

      assert.equal(await sweepDocuments(data, new Date()), 1);
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
});
