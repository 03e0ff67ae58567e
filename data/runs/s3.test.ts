import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { s3Service } from '../../tests/harness/s3-service.ts';
import { testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';

test('a run publishes documents to a bucket with two organization secrets, and finds them there in the next; another copies them', async () => {
  await using service = await s3Service({ tls: false });
  service.createBucket('docs');
  service.createBucket('archive');
  await using instance = await testInstance();
  const organization = await testOrganization(instance);
  const sealed = { destinations: [service.origin] };
  const keys = {
    accessKeyId: await testSecret(instance, organization, 'S3_KEY_ID', service.accessKeyId, sealed),
    secretAccessKey: await testSecret(instance, organization, 'S3_SECRET', service.secretAccessKey, sealed),
  };
  const component = await testComponent(
    instance,
    organization,
    { endpoint: service.origin, region: service.region, bucket: 'docs', folder: 'in' },
    keys,
    undefined,
    's3-publisher',
  );
  const large = { name: 'large.bin', bytes: randomBytes(9 * 1024 * 1024) };
  const documents = [{ name: 'März/a.txt', bytes: Buffer.from('one'), contentType: 'text/plain' }, large];
  const runId = await startTestRun(instance, organization, [component], documents);
  assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
  assert.deepEqual(
    (await itemsOf(instance, runId)).map(({ status }) => status),
    ['published', 'published'],
  );
  assert.equal(String((await service.read('docs', 'in/März/a.txt')).bytes), 'one');
  assert.ok((await service.read('docs', 'in/large.bin')).bytes.equals(large.bytes));
  service.permit('s3:GetObject');
  const again = await startTestRun(instance, organization, [component], documents);
  assert.equal((await finishedRun(instance, again)).status, 'succeeded');

  service.permit();
  const source = await testComponent(
    instance,
    organization,
    { endpoint: service.origin, region: service.region, bucket: 'docs', folder: 'in' },
    keys,
    undefined,
    's3-source',
  );
  const archive = await testComponent(
    instance,
    organization,
    { endpoint: service.origin, region: service.region, bucket: 'archive' },
    keys,
    undefined,
    's3-publisher',
  );
  const copy = await startTestRun(instance, organization, [archive], [], { kind: 'component', componentId: source, documents: 'all' });
  assert.equal((await finishedRun(instance, copy)).status, 'succeeded', (await logOf(instance, copy)).join('\n'));
  assert.deepEqual((await service.keysOf('archive')).sort(), ['März/a.txt', 'large.bin']);
  assert.ok((await service.read('archive', 'large.bin')).bytes.equals(large.bytes));
});
