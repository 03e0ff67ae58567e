import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it, test } from 'node:test';
import { connect, type DatabaseConnection } from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { type S3Service, s3Service } from '../../tests/harness/s3-service.ts';
import { ACTOR, testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { recordingService } from '../testing/recording-service.ts';
import { finishedRun, startTestRun } from '../testing/runs.ts';
import { type DocumentBucket, openBucket } from './bucket.ts';
import { bucketSettings } from './bucket-settings.ts';
import { createDocumentStore, type DocumentStore } from './document-store.ts';
import { moveDocuments, removeObjects, sweepObjects } from './move-documents.ts';
import { SMALL_BYTES } from './small-documents.ts';
import { sweepDocuments } from './sweep.ts';

const MEBIBYTE = 1024 * 1024;
const LIMITS = { documentMaximumBytes: 64 * MEBIBYTE, documentQuotaBytes: 128 * MEBIBYTE };

const settingsOf = ({ origin, region, accessKeyId, secretAccessKey }: S3Service) => {
  const settings = bucketSettings({
    documentsBucket: 'holdfast',
    documentsEndpoint: origin,
    documentsRegion: region,
    documentsPrefix: 'documents/',
    documentsAccessKeyId: accessKeyId,
    documentsSecretAccessKey: secretAccessKey,
  });
  assert.ok(settings !== undefined);
  return settings;
};

async function bytesOf(read: () => AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of read()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 700_001) yield bytes.subarray(from, from + 700_001);
}

for (const place of ['the database', 'a bucket'] as const) {
  describe(`documents in ${place}`, { concurrency: false }, () => {
    let database: Awaited<ReturnType<typeof testDatabase>>;
    let service: S3Service | undefined;
    let db: DatabaseConnection;
    let bucket: DocumentBucket | undefined;
    let documents: DocumentStore;
    let owner: DatabaseConnection;
    const project_id = uuidv7();
    const workflow_id = uuidv7();
    const organizationId = uuidv7();
    before(async () => {
      database = await testDatabase();
      db = connect(database.dataUrl, { name: 'test' });
      owner = connect(database.ownerUrl, { name: 'test' });
      await owner.insertInto('project').values({ organization_id: organizationId, id: project_id, name: 'P', created_by: ACTOR }).execute();
      await owner
        .insertInto('workflow')
        .values({ organization_id: organizationId, id: workflow_id, project_id, name: 'W', created_by: ACTOR })
        .execute();
      if (place === 'a bucket') {
        service = await s3Service({ tls: false });
        service.createBucket('holdfast');
        bucket = await openBucket(settingsOf(service), {});
      }
      documents = createDocumentStore({ db, bucket, limits: LIMITS });
    });
    after(async () => {
      for (const each of [db, owner]) await each?.destroy();
      await database?.[Symbol.asyncDispose]();
      await service?.[Symbol.asyncDispose]();
    });

    async function run(finished_at: Date | null = null): Promise<string> {
      const id = uuidv7();
      const definition = JSON.stringify({ sources: [{ name: 'upload', kind: 'upload' }], steps: [] });
      const row = {
        organization_id: organizationId,
        id,
        workflow_id,
        project_id,
        number: 1,
        definition,
        version: 1,
        started_by: ACTOR,
        finished_at,
      };
      await owner.insertInto('run').values(row).execute();
      return id;
    }
    const store = async (body: AsyncIterable<Uint8Array>, limits = LIMITS) => {
      const document = { organizationId, projectId: project_id, runId: await run(), name: 'a.bin', contentType: 'application/pdf' };
      return createDocumentStore({ db, bucket, limits }).store({ ...document, createdBy: JSON.parse(ACTOR) }, body);
    };
    const usage = async () =>
      Number(
        (await owner.selectFrom('document_usage').select('bytes').where('organization_id', '=', organizationId).executeTakeFirst())
          ?.bytes ?? 0,
      );
    const chunks = async () => (await owner.selectFrom('document_chunk').select('document_id').execute()).length;
    const keys = async () => (service === undefined ? [] : await service.keysOf('holdfast'));

    it('come back byte for byte, whatever their size', async () => {
      for (const size of [0, 1, SMALL_BYTES, SMALL_BYTES + 1, MEBIBYTE, 8 * MEBIBYTE, 17 * MEBIBYTE + 3]) {
        const bytes = randomBytes(size);
        const had = await usage();
        const stored = await store(inPieces(bytes));
        assert.deepEqual([stored.size, stored.sha256], [size, createHash('sha256').update(bytes).digest('hex')]);
        assert.ok((await bytesOf(stored.read)).equals(bytes), String(size));
        assert.ok((await bytesOf(() => documents.read(organizationId, stored))).equals(bytes), String(size));
        assert.equal((await usage()) - had, size);
        const key = `documents/${organizationId}/${stored.id}`;
        assert.equal((await keys()).includes(key), place === 'a bucket', String(size));
        await documents.discard(organizationId, stored.id);
        await removeObjects(documents);
        assert.equal(await usage(), had);
        assert.equal((await keys()).includes(key), false);
      }
      assert.equal(await chunks(), 0);
    });

    it('leave nothing when they do not come to their end, are too large, or find no room', async () => {
      async function* broken() {
        yield randomBytes(9 * MEBIBYTE);
        throw new Error('the source is gone');
      }
      await assert.rejects(store(broken()), /the source is gone/);
      await assert.rejects(store(inPieces(randomBytes(2 * MEBIBYTE)), { ...LIMITS, documentMaximumBytes: MEBIBYTE }), {
        code: 'document_unsupported',
        message: '“a.bin” is larger than a document may be: 1,048,576 bytes.',
        remedy: 'Split it into smaller documents, or leave it out.',
      });
      await assert.rejects(store(inPieces(randomBytes(2 * MEBIBYTE)), { ...LIMITS, documentQuotaBytes: MEBIBYTE }), {
        code: 'document_quota_exceeded',
        message: /does not fit/,
        remedy: /HOLDFAST_DOCUMENT_QUOTA/,
      });
      assert.deepEqual([await chunks(), await keys(), await usage()], [0, [], 0]);
      assert.equal((await owner.selectFrom('document').select('id').execute()).length, 0);
    });

    it('go with their time', async () => {
      const runId = await run(new Date(Date.now() - 31 * 86_400_000));
      const document = { organizationId, projectId: project_id, runId, name: 'a', contentType: 'text/plain', createdBy: JSON.parse(ACTOR) };
      const { id } = await documents.store(document, inPieces(randomBytes(MEBIBYTE)));
      const item = {
        organization_id: organizationId,
        run_id: runId,
        id: uuidv7(),
        document_id: id,
        name: 'a',
        content_type: 'text/plain',
        size: 1,
      };
      await owner.insertInto('run_item').values(item).execute();
      assert.equal(await sweepDocuments(db, new Date(), { keptDays: 30 }), 1);
      await removeObjects(documents);
      assert.deepEqual([await chunks(), await keys(), await usage()], [0, [], 0]);
    });

    /** As the control plane stores what is uploaded. */
    async function upload(bytes: Buffer): Promise<{ id: string; size: number }> {
      const id = uuidv7();
      for (let number = 0; number * MEBIBYTE < bytes.length; number += 1) {
        const part = bytes.subarray(number * MEBIBYTE, (number + 1) * MEBIBYTE);
        await owner
          .insertInto('document_chunk')
          .values({ organization_id: organizationId, document_id: id, number, bytes: part })
          .execute();
      }
      const sha256 = createHash('sha256').update(bytes).digest();
      const row = {
        organization_id: organizationId,
        id,
        project_id,
        name: 'u',
        content_type: 'text/plain',
        size: bytes.length,
        sha256,
        created_by: ACTOR,
      };
      await owner.insertInto('document').values(row).execute();
      return { id, size: bytes.length };
    }

    if (place === 'the database') {
      it('stay where they are', async () => {
        const uploaded = await upload(randomBytes(10));
        assert.equal(await moveDocuments(documents), 0);
        assert.equal(await chunks(), 1);
        await documents.discard(organizationId, uploaded.id);
      });
      return;
    }

    it('are moved out of the database after their upload, also while somebody reads them', async () => {
      const bytes = randomBytes(9 * MEBIBYTE + 5);
      const uploaded = await upload(bytes);
      const pieces: Buffer[] = [];
      for await (const piece of documents.read(organizationId, uploaded)) {
        pieces.push(Buffer.from(piece));
        if (pieces.length === 1) assert.equal(await moveDocuments(documents), 1);
      }
      assert.ok(Buffer.concat(pieces).equals(bytes));
      assert.deepEqual([await chunks(), await usage()], [0, bytes.length]);
      assert.ok((await bytesOf(() => documents.read(organizationId, uploaded))).equals(bytes));
      assert.equal(await moveDocuments(documents), 0);
      await documents.discard(organizationId, uploaded.id);
      await removeObjects(documents);
      assert.deepEqual([await keys(), await usage()], [[], 0]);
    });

    it('are moved again after a crash between the object and the note of it, and lose nothing', async () => {
      const bytes = randomBytes(MEBIBYTE);
      const uploaded = await upload(bytes);
      const crash = async () => {
        throw new Error('the node died');
      };
      await assert.rejects(moveDocuments(documents, crash), /the node died/);
      assert.deepEqual([await chunks(), (await keys()).length], [1, 1]);
      assert.ok((await bytesOf(() => documents.read(organizationId, uploaded))).equals(bytes));
      assert.equal(await moveDocuments(documents), 1);
      assert.deepEqual([await chunks(), (await keys()).length], [0, 1]);
      await documents.discard(organizationId, uploaded.id);
      await removeObjects(documents);
    });

    it('are moved although one before them is not what its row says, which is said then', async () => {
      const damaged = await upload(randomBytes(10));
      await owner
        .updateTable('document_chunk')
        .set({ bytes: randomBytes(10) })
        .where('document_id', '=', damaged.id)
        .execute();
      const whole = await upload(randomBytes(10));
      await assert.rejects(moveDocuments(documents), /is not what its row says/);
      assert.deepEqual([await chunks(), (await keys()).length], [1, 1]);
      for (const { id } of [damaged, whole]) await documents.discard(organizationId, id);
      await removeObjects(documents);
      assert.deepEqual([await chunks(), await keys()], [0, []]);
    });

    it('that were removed while they were moved leave no object', async () => {
      const { id } = await upload(randomBytes(MEBIBYTE));
      assert.equal(
        await moveDocuments(documents, async () => createDocumentStore({ db: owner, bucket, limits: LIMITS }).discard(organizationId, id)),
        0,
      );
      assert.deepEqual([await chunks(), await keys(), await usage()], [0, [], 0]);
    });

    it('that no row names are removed from the bucket after a day; nothing else there is', async () => {
      const stored = await store(inPieces(randomBytes(10)));
      assert.ok(bucket !== undefined);
      const loose = `documents/${organizationId}/${uuidv7()}`;
      for (const key of [loose, 'documents/readme.txt', `other/${organizationId}/${uuidv7()}`])
        await bucket.store.put(key, inPieces(Buffer.from('x')));
      assert.equal(await sweepObjects(documents, new Date()), 0);
      assert.equal(await sweepObjects(documents, new Date(Date.now() + 25 * 3_600_000)), 1);
      assert.equal((await keys()).includes(loose), false);
      assert.equal((await keys()).length, 3);
      await documents.discard(organizationId, stored.id);
      await removeObjects(documents);
    });

    it('are read as they are, also one that holds the key of the bucket', async () => {
      const { secretAccessKey } = settingsOf(service as S3Service);
      const bytes = Buffer.concat([randomBytes(SMALL_BYTES), Buffer.from(secretAccessKey), randomBytes(SMALL_BYTES)]);
      const stored = await store(inPieces(bytes));
      assert.ok((await bytesOf(stored.read)).equals(bytes));
      await documents.discard(organizationId, stored.id);
      await removeObjects(documents);
    });

    it('cannot be read without the bucket, and say so', async () => {
      const stored = await store(inPieces(randomBytes(SMALL_BYTES + 1)));
      const without = createDocumentStore({ db, bucket: undefined, limits: LIMITS });
      await assert.rejects(
        bytesOf(() => without.read(organizationId, stored)),
        /lies in a bucket, and this data plane has none/,
      );
    });
  });
}

test('a run publishes uploads that lie in the bucket, and their objects go with the organization', async () => {
  await using service = await s3Service({ tls: false });
  service.createBucket('holdfast');
  await using target = await recordingService();
  await using instance = await testInstance({ documentBucket: settingsOf(service) });
  const organization = await testOrganization(instance);
  const secret = await testSecret(instance, organization, 'STORE', target.connectionString);
  const component = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  const documents = [
    { name: 'small.txt', bytes: Buffer.from('one') },
    { name: 'large.bin', bytes: randomBytes(3 * MEBIBYTE) },
  ];
  const first = await startTestRun(instance, organization, [component], documents);
  assert.equal((await finishedRun(instance, first)).status, 'succeeded');
  await eventually('the uploads in the bucket', async () => ((await service.keysOf('holdfast')).length === 2 ? true : undefined));
  const again = await startTestRun(instance, organization, [component], documents);
  assert.equal((await finishedRun(instance, again)).status, 'succeeded');
  await sql`delete from holdfast.document where organization_id = ${organization.id}`.execute(instance.owner);
  await eventually('an empty bucket', async () => ((await service.keysOf('holdfast')).length === 0 ? true : undefined));
});
