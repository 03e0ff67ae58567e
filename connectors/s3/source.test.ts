import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import { type TestContextOptions, testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { SERVICE_CA } from '../../tests/harness/http-service.ts';
import { answerError, type S3Service, s3Service } from '../../tests/harness/s3-service.ts';
import { s3Publisher, s3Source } from './connectors.ts';

let service: S3Service;
before(async () => {
  service = await s3Service();
});
after(() => service?.[Symbol.asyncDispose]());
beforeEach(() => {
  service.permit();
  service.intercept(undefined);
});

function contextFor(options: Options, more: Partial<TestContextOptions> = {}) {
  return testContext({ destinations: s3Source.destinations(options), values: [service.secretAccessKey], ca: SERVICE_CA, ...more });
}

/** Of a bucket that holds these. */
async function optionsWith(documents: Readonly<Record<string, Buffer>>, folder = ''): Promise<Options> {
  const bucket = `docs-${randomBytes(5).toString('hex')}`;
  service.createBucket(bucket);
  const { origin: endpoint, region, accessKeyId, secretAccessKey } = service;
  const options = { endpoint, region, bucket, accessKeyId, secretAccessKey };
  await using context = contextFor(options);
  for (const [key, bytes] of Object.entries(documents)) {
    await s3Publisher.publish(
      testDocument(key, bytes, key.endsWith('.pdf') ? 'application/pdf' : 'application/octet-stream'),
      options,
      context,
    );
  }
  service.permit('s3:ListBucket', 's3:GetObject');
  return { ...options, folder };
}

async function all<T>(each: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of each) found.push(one);
  return found;
}

async function listed(options: Options) {
  await using context = contextFor(options);
  return await all(s3Source.list(options, context));
}

async function bytesOf(reference: string, options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  const { body, ...rest } = await s3Source.read(reference, options, context);
  return { ...rest, bytes: Buffer.concat(await all(body)) };
}

async function check(options: Options) {
  await using context = contextFor(options);
  return await s3Source.check(options, context);
}

function failsAs(code: ConnectorErrorCode, message: RegExp, more: Partial<ConnectorError> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(`${error.message} ${error.remedy}`, message);
    for (const [name, value] of Object.entries(more)) assert.equal(error[name as keyof ConnectorError], value, `${name}: ${error.message}`);
    assert.ok(!`${error.message} ${error.remedy}`.includes(service.secretAccessKey));
    return true;
  };
}

describe('an S3 source', { concurrency: false }, () => {
  it('lists what is below its folder, with a version that changes with the bytes, and reads it as it is', async () => {
    const large = randomBytes(9 * 1024 * 1024);
    const documents = {
      'in/März (1)/請求書 + 100%~&.pdf': Buffer.from('one'),
      'in/empty.bin': Buffer.alloc(0),
      'in/large.bin': large,
      'inbox/other.txt': Buffer.from('not asked for'),
      'other.txt': Buffer.from('not asked for'),
    };
    const options = await optionsWith(documents, 'in');
    const found = await listed(options);
    assert.deepEqual(found.map(({ name }) => name).sort(), ['März (1)/請求書 + 100%~&.pdf', 'empty.bin', 'large.bin'].sort());
    for (const { reference, size, version } of found) {
      const bytes = documents[reference as keyof typeof documents];
      assert.equal(size, bytes.length);
      const read = await bytesOf(reference, options);
      assert.ok(read.bytes.equals(bytes));
      assert.equal(read.size, bytes.length);
      assert.equal(read.contentType, reference.endsWith('.pdf') ? 'application/pdf' : undefined);
      if (size !== large.length) assert.equal(version, createHash('md5').update(bytes).digest('hex'));
    }
  });

  it('asks for the next page when the caller comes to it', async () => {
    const options = await optionsWith({});
    const asked: string[] = [];
    const page = (keys: string[], next: string) =>
      `<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${next !== ''}</IsTruncated>${next === '' ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"x"</ETag></Contents>`).join('')}</ListBucketResult>`;
    service.intercept(({ path }, response) => {
      asked.push(path);
      response.end(path.includes('continuation-token=') ? page(['c%2B%01.txt'], '') : page(['a+b.txt', 'folder/', '..%2Fx'], 'to/ken+='));
      return true;
    });
    await using context = contextFor(options);
    const documents = s3Source.list(options, context)[Symbol.asyncIterator]();
    assert.equal((await documents.next()).value?.name, 'a b.txt');
    const climbing = (await documents.next()).value;
    assert.deepEqual([climbing?.reference, /^__\/x-[0-9a-f]{8}$/.test(climbing?.name ?? '')], ['../x', true]);
    assert.equal(asked.length, 1);
    assert.equal((await documents.next()).value?.reference, 'c+\u0001.txt');
    assert.match(asked[1] ?? '', /continuation-token=to%2Fken%2B%3D/);
    assert.equal((await documents.next()).done, true);
    await assert.rejects(
      s3Source.read('../x', options, context),
      failsAs('document_unsupported', /which no address can name/, { documentOnly: true }),
    );
    service.intercept((_, response) => {
      response.end(page(['a'], 'again'));
      return true;
    });
    await assert.rejects(listed(options), failsAs('answer_invalid', /has no end/));
    service.intercept(({ path }, response) => {
      response.end(path.includes('continuation-token=') ? page([], '') : page(['a'], 'x'.repeat(9_000)));
      return true;
    });
    await assert.rejects(listed(options), failsAs('answer_invalid', /next page in more than 8,192 characters/));
  });

  it('needs s3:ListBucket and s3:GetObject, and says which one is missing', async () => {
    const options = await optionsWith({ 'in/a.txt': Buffer.from('one') }, 'in');
    assert.match(await check(options), /can be listed, and what is there can be read/);
    assert.match(await check({ ...options, folder: 'none' }), /No document is there/);
    service.permit('s3:GetObject');
    const cannotList = failsAs(
      'upstream_credentials',
      new RegExp(`list what is there .* s3:ListBucket on arn:aws:s3:::${options.bucket} \\(with`),
    );
    await assert.rejects(listed(options), cannotList);
    await assert.rejects(check(options), cannotList);
    service.permit('s3:ListBucket');
    await assert.rejects(
      check(options),
      failsAs('upstream_credentials', new RegExp(`s3:GetObject on arn:aws:s3:::${options.bucket}/in/\\*`)),
    );
    await assert.rejects(bytesOf('in/a.txt', options), failsAs('upstream_credentials', /to read “in\/a\.txt”/));
  });

  it('says what is wrong with the keys, the bucket, the region, and what is gone', async () => {
    const options = await optionsWith({ 'empty.txt': Buffer.alloc(0) });
    assert.match(await check(options), /can be read/);
    await assert.rejects(check({ ...options, secretAccessKey: 'wrong' }), failsAs('upstream_credentials', /SignatureDoesNotMatch/));
    await assert.rejects(listed({ ...options, accessKeyId: 'AKIAX' }), failsAs('upstream_credentials', /InvalidAccessKeyId/));
    await assert.rejects(
      listed({ ...options, bucket: 'not-there' }),
      failsAs('upstream_not_found', /NoSuchBucket/, { documentOnly: false }),
    );
    await assert.rejects(listed({ ...options, region: 'us-east-1' }), failsAs('upstream_not_found', /another region/));
    await assert.rejects(bytesOf('gone.txt', options), failsAs('upstream_not_found', /not in the bucket any more/, { documentOnly: true }));
  });

  it('is asked again when it is busy, closes in the middle, or is slow; an archived document fails alone', async () => {
    const options = await optionsWith({ 'a.txt': Buffer.from('one') });
    service.intercept((request, response) => {
      answerError(response, request, 503, 'SlowDown', { 'retry-after': '7' });
      return true;
    });
    const busy = failsAs('upstream_refused', /busy/, { retryable: true, retryAfterMilliseconds: 7_000, documentOnly: false });
    await assert.rejects(listed(options), busy);
    await assert.rejects(bytesOf('a.txt', options), busy);
    service.intercept((request, response) => {
      answerError(response, request, 403, 'InvalidObjectState');
      return true;
    });
    await assert.rejects(bytesOf('a.txt', options), failsAs('upstream_refused', /is archived/, { documentOnly: true }));
    service.intercept((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setTimeout(() => response.destroy(), 50);
      return true;
    });
    await assert.rejects(bytesOf('a.txt', options), failsAs('upstream_unreachable', /./, { retryable: true }));
    service.intercept(() => true);
    const egress = { limits: { requestMilliseconds: 300, bytesPerSecond: 1_024 } };
    await assert.rejects(bytesOf('a.txt', options, { egress }), failsAs('upstream_unreachable', /./, { retryable: true }));
  });

  it('does not hand out a document that holds the value it was asked for with', async () => {
    const options = await optionsWith({ 'a.txt': Buffer.from(`the key is ${service.secretAccessKey}.`) });
    await assert.rejects(bytesOf('a.txt', options), failsAs('document_holds_value', /./, { documentOnly: true }));
  });
});
