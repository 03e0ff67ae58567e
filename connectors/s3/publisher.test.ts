import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { configuredDestinations } from '@holdfast/configuration';
import { ConnectorError, type ConnectorErrorCode, type InputDocument, type Options } from '@holdfast/connector';
import { type TestContextOptions, testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { startDroppingProxy } from '../../tests/harness/dropping-proxy.ts';
import { type ReceivedRequest, SERVICE_CA } from '../../tests/harness/http-service.ts';
import { freePort } from '../../tests/harness/ports.ts';
import { answerError, type S3Service, s3Service } from '../../tests/harness/s3-service.ts';
import { s3Publisher } from './connectors.ts';

let service: S3Service;
before(async () => {
  service = await s3Service();
});
after(() => service?.[Symbol.asyncDispose]());
beforeEach(() => {
  service.permit();
  service.intercept(undefined);
});

/** Of a bucket that is empty. */
function freshOptions(more: Options = {}): Options & { bucket: string } {
  const bucket = `docs-${randomBytes(5).toString('hex')}`;
  service.createBucket(bucket);
  const { origin: endpoint, region, accessKeyId, secretAccessKey } = service;
  return { endpoint, region, bucket, accessKeyId, secretAccessKey, ...more } as Options & { bucket: string };
}

function contextFor(options: Options, more: Partial<TestContextOptions> = {}) {
  const values = [String(options.accessKeyId), String(options.secretAccessKey)];
  return testContext({ destinations: s3Publisher.destinations(options), values, ca: SERVICE_CA, ...more });
}

async function publish(document: InputDocument, options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  return await s3Publisher.publish(document, options, context);
}

async function check(options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  return await s3Publisher.check(options, context);
}

function failsAs(code: ConnectorErrorCode, message: RegExp, more: Partial<ConnectorError> & { remedyIs?: RegExp } = {}) {
  const { remedyIs = /\w/, ...fields } = more;
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    if (more.remedyIs !== undefined) assert.match(error.remedy ?? '', remedyIs);
    for (const [name, value] of Object.entries(fields))
      assert.equal(error[name as keyof ConnectorError], value, `${name}: ${error.message}`);
    for (const secret of [service.accessKeyId, service.secretAccessKey, 'Signature=']) {
      assert.ok(!`${error.message} ${error.remedy} ${error.stack}`.includes(secret), error.message);
    }
    return true;
  };
}

const text = (content = 'one', name = 'a.txt') => testDocument(name, Buffer.from(content), 'text/plain');
const MIB = 1024 * 1024;

describe('an S3 publisher', { concurrency: false }, () => {
  for (const size of [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB]) {
    it(`publishes a document of ${size} bytes as it is, over TLS, and then leaves it`, async () => {
      const options = freshOptions({ folder: 'in/2026' });
      const bytes = randomBytes(size);
      const document = testDocument('Kontoauszug März (1)/請求書 + 100%~.pdf', bytes, 'application/pdf');
      const key = `in/2026/${document.name}`;
      const publishedAs = `${options.bucket}/${key}`;
      assert.deepEqual(await publish(document, options), { outcome: 'published', publishedAs });
      const stored = await service.read(options.bucket, key);
      assert.ok(stored.bytes.equals(bytes));
      assert.deepEqual([stored.contentType, stored.sha256], ['application/pdf', document.sha256]);
      assert.equal(document.sent.at(-1), size);
      service.permit('s3:GetObject');
      assert.deepEqual(await publish(document, options), { outcome: 'unchanged', publishedAs });
    });
  }

  it('holds two parts of a large document, not the document', async () => {
    const options = freshOptions();
    const size = 40 * MIB;
    const piece = randomBytes(MIB);
    const whole = testDocument('large.bin', Buffer.concat(Array.from({ length: 40 }, () => piece)));
    let read = 0;
    let held = 0;
    let sent = 0;
    const document: InputDocument = {
      ...whole,
      async *read() {
        for (; read < size; read += piece.length) {
          held = Math.max(held, read + piece.length - sent);
          yield piece;
        }
      },
      progress: (count) => {
        sent = count;
      },
    };
    assert.equal((await publish(document, options)).outcome, 'published');
    assert.ok(held <= 3 * 8 * MIB, `${held / MIB} MiB were read and not yet accepted`);
    assert.equal((await service.read(options.bucket, 'large.bin')).bytes.length, size);
  });

  it('replaces, keeps or fails where a different document has the name', async () => {
    const options = freshOptions();
    const publishedAs = `${options.bucket}/a.txt`;
    await publish(text('one'), options);
    assert.deepEqual(await publish(text('two'), { ...options, existing: 'keep' }), { outcome: 'unchanged', publishedAs });
    await assert.rejects(
      publish(text('two'), { ...options, existing: 'fail' }),
      failsAs('upstream_refused', /A different document is there already/, { documentOnly: true, retryable: false }),
    );
    assert.equal(String((await service.read(options.bucket, 'a.txt')).bytes), 'one');
    assert.deepEqual(await publish(text('two'), options), { outcome: 'published', publishedAs });
    assert.equal(String((await service.read(options.bucket, 'a.txt')).bytes), 'two');
  });

  it('needs s3:PutObject alone, says what cannot be seen, and does not overwrite what is to be kept', async () => {
    const options = freshOptions();
    service.permit('s3:PutObject');
    assert.match((await publish(text('one'), options)).note ?? '', /may write, not look/);
    assert.equal((await publish(text('one'), options)).outcome, 'published');
    assert.equal((await publish(text('two'), { ...options, existing: 'keep' })).outcome, 'unchanged');
    await assert.rejects(publish(text('two'), { ...options, existing: 'fail' }), failsAs('upstream_refused', /is there already/));
    const large = testDocument('a.txt', randomBytes(9 * MIB));
    assert.equal((await publish(large, { ...options, existing: 'keep' })).outcome, 'unchanged');
    assert.equal(String((await service.read(options.bucket, 'a.txt')).bytes), 'one');
    assert.equal((await publish({ ...large, name: 'b.bin' }, options)).outcome, 'published');
  });

  it('takes the parts of an upload back that failed, and says that a document changed', async () => {
    const options = freshOptions();
    const document = testDocument('a.bin', randomBytes(17 * MIB));
    for (const changed of [{ sha256: '0'.repeat(64) }, { size: 9 * MIB }]) {
      const before = service.requests.length;
      await assert.rejects(
        publish({ ...document, ...changed }, options),
        failsAs('upstream_refused', /changed while/, { documentOnly: true }),
      );
      assert.equal(service.requests.slice(before).at(-1)?.method, 'DELETE');
    }
    await assert.rejects(publish({ ...text(), size: 2 }, options), failsAs('upstream_refused', /changed while/));
    assert.deepEqual(await service.keysOf(options.bucket), []);
  });

  it('finds the bucket in the host, where the endpoint says so', async () => {
    const options = freshOptions({ endpoint: 'https://{bucket}.blob.core.windows.net' });
    assert.deepEqual(s3Publisher.destinations(options), [`https://${options.bucket}.blob.core.windows.net:443`]);
    assert.equal((await publish(text(), options, { port: service.port })).outcome, 'published');
    assert.deepEqual(await service.keysOf(options.bucket), ['a.txt']);
  });
});

describe('what an S3 service refuses', { concurrency: false }, () => {
  const answers =
    (status: number, code: string, headers: Record<string, string> = {}): Parameters<S3Service['intercept']>[0] =>
    (request, response) => {
      answerError(response, request, status, code, headers);
      return true;
    };

  it('wrong keys are named, one and the other, and none of them is shown', async () => {
    for (const [wrong, message, remedyIs] of [
      [{ accessKeyId: 'AKIAWRONGCANARY' }, /does not know the access key ID \(InvalidAccessKeyId\)/, /Copy the access key ID/],
      [{ secretAccessKey: 'wrong+canary/secret' }, /did not accept the signature \(SignatureDoesNotMatch\)/, /Copy the secret access key/],
    ] as const) {
      const options = freshOptions(wrong);
      for (const attempt of [() => publish(text(), options), () => check(options)]) {
        await assert.rejects(attempt(), (error: ConnectorError) => {
          assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /canary/i);
          return failsAs('upstream_credentials', message, { remedyIs, retryable: false, documentOnly: false })(error);
        });
      }
    }
  });

  it('a right that is missing is named', async () => {
    const options = freshOptions({ folder: 'in' });
    service.permit('s3:GetObject');
    const remedyIs = new RegExp(`s3:PutObject on arn:aws:s3:::${options.bucket}/in/\\*`);
    await assert.rejects(publish(text(), options), failsAs('upstream_credentials', /write “in\/a\.txt” \(AccessDenied\)/, { remedyIs }));
    await assert.rejects(check(options), failsAs('upstream_credentials', /to write there \(AccessDenied\)/, { remedyIs }));
  });

  it('a bucket that is not there is named', async () => {
    const options = { ...freshOptions(), bucket: 'not-there' };
    for (const attempt of [() => publish(text(), options), () => check(options)]) {
      await assert.rejects(attempt(), failsAs('upstream_not_found', /has no bucket “not-there” \(NoSuchBucket\)/));
    }
  });

  it('another region is named', async () => {
    const options = freshOptions();
    service.intercept(answers(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'us-west-2', location: 'https://evil.example/' }));
    for (const attempt of [() => publish(text(), options), () => check(options)]) {
      const remedyIs = /^Write us-west-2 as the region/;
      await assert.rejects(attempt(), failsAs('upstream_not_found', /not in eu-central-1 but in the region us-west-2/, { remedyIs }));
    }
    service.intercept(undefined);
    const wrong = { ...options, region: 'us-east-1' };
    await assert.rejects(publish(text(), wrong), failsAs('upstream_not_found', /in another region .*\(AuthorizationHeaderMalformed\)/));
  });

  it('one that is busy is asked again, when it says', async () => {
    const options = freshOptions();
    for (const [status, code] of [
      [503, 'SlowDown'],
      [503, 'ServiceUnavailable'],
      [500, 'InternalError'],
      [429, 'TooManyRequests'],
    ] as const) {
      service.intercept(answers(status, code, { 'retry-after': '7' }));
      const before = service.requests.length;
      await assert.rejects(
        publish(text(), options),
        failsAs('upstream_refused', /is busy or does not work/, { retryable: true, documentOnly: false, retryAfterMilliseconds: 7_000 }),
      );
      assert.equal(service.requests.length, before + 1, 'the SDK tried again');
    }
  });

  it('what concerns one document alone leaves the others', async () => {
    const options = freshOptions();
    for (const [status, code, message] of [
      [400, 'EntityTooLarge', /is larger than the service takes \(EntityTooLarge\)/],
      [400, 'KeyTooLongError', /name that is too long/],
      [400, 'InvalidRequest', /did not take “a\.txt” \(InvalidRequest\)/],
      [400, 'canary', /did not take “a\.txt” \(status 400\)/],
    ] as const) {
      service.intercept(answers(status, code));
      await assert.rejects(publish(text(), options), failsAs('upstream_refused', message, { documentOnly: true, retryable: false }));
    }
  });

  it('a connection that is closed in the middle, a port where nobody listens, a bad certificate, no answer', async () => {
    const options = freshOptions();
    service.intercept((request, response) => {
      if (request.method === 'HEAD') return false;
      response.destroy();
      return true;
    });
    await assert.rejects(publish(text(), options), failsAs('upstream_unreachable', /was lost/, { retryable: true }));
    await assert.rejects(check(options), failsAs('upstream_unreachable', /was lost/, { retryable: true }));
    service.intercept(undefined);
    const nobody = { ...options, endpoint: `http://127.0.0.1:${await freePort()}` };
    await assert.rejects(publish(text(), nobody), failsAs('upstream_unreachable', /Nothing answers/, { retryable: true }));
    await assert.rejects(check(options, { ca: '' }), failsAs('upstream_unreachable', /no certificate that this server trusts/));
    service.intercept(() => true);
    const egress = { limits: { requestMilliseconds: 300, bytesPerSecond: 1_024 } };
    await assert.rejects(publish(text(), options, { egress }), failsAs('upstream_unreachable', /./, { retryable: true }));
  });

  it('an answer that is no answer of S3', async () => {
    const options = freshOptions();
    service.intercept((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>canary<br></body>');
      return true;
    });
    await assert.rejects(check(options), (error: ConnectorError) => {
      assert.equal(error.code, 'upstream_refused');
      assert.doesNotMatch(error.message, /canary/);
      assert.match(error.remedy ?? '', /^Check that the endpoint is that of an S3 service/);
      return true;
    });
  });
});

describe('temporary credentials', { concurrency: false }, () => {
  it('send their session token with each request, signed, and show it nowhere', async () => {
    const sessionToken = `canary/${randomBytes(120).toString('base64')}`;
    const options = freshOptions({ sessionToken });
    service.intercept((request, response) => {
      const signed = /SignedHeaders=[^,]*x-amz-security-token/.test(request.headers.authorization ?? '');
      if (signed && request.headers['x-amz-security-token'] === sessionToken) return false;
      answerError(response, request, 403, 'InvalidToken');
      return true;
    });
    assert.match(await check(options), /accepts the credentials/);
    assert.equal((await publish(text(), options)).outcome, 'published');
    await assert.rejects(check({ ...options, sessionToken: undefined }), failsAs('upstream_credentials', /without their session token/));
    await assert.rejects(check({ ...options, sessionToken: 'canary-other' }), failsAs('upstream_credentials', /InvalidToken/));
    service.intercept((request, response) => {
      answerError(response, request, 400, 'ExpiredToken');
      return true;
    });
    await assert.rejects(publish(text(), options), failsAs('upstream_credentials', /have expired \(ExpiredToken\)/));
    service.intercept(undefined);
  });
});

describe('an upload in parts that does not pass', { concurrency: false }, () => {
  const large = testDocument('large.bin', randomBytes(17 * MIB));

  /** What fails leaves neither an object nor parts, and passes when it is tried again. */
  async function failsOnce(options: Options & { bucket: string }, failure: (error: unknown) => boolean, message: string): Promise<void> {
    const before = service.requests.length;
    await assert.rejects(publish(large, options), failure, message);
    const own = service.requests.slice(before).filter(({ path }) => path.includes('large.bin'));
    assert.match(`${own.at(-1)?.method} ${own.at(-1)?.path}`, /^DELETE .*uploadId=/, message);
    assert.deepEqual(await service.keysOf(options.bucket), [], message);
    service.intercept(undefined);
    assert.equal((await publish(large, options)).outcome, 'published', message);
    assert.equal((await service.read(options.bucket, 'large.bin')).sha256, large.sha256, message);
  }

  it('meets a service that is busy at a part, or that is cut', async () => {
    const busy = failsAs('upstream_refused', /is busy or does not work \(SlowDown\)/, {
      retryable: true,
      retryAfterMilliseconds: 7_000,
      documentOnly: false,
    });
    const lost = failsAs('upstream_unreachable', /was lost/, { retryable: true, documentOnly: false });
    for (const part of [1, 2, 3]) {
      const isPart = ({ method, path }: ReceivedRequest) => method === 'PUT' && path.includes(`partNumber=${part}`);
      service.intercept((request, response) => {
        if (!isPart(request)) return false;
        answerError(response, request, 503, 'SlowDown', { 'retry-after': '7' });
        return true;
      });
      await failsOnce(freshOptions(), busy, `503 at part ${part}`);
      service.intercept((request, response) => {
        if (!isPart(request)) return false;
        response.destroy();
        return true;
      });
      await failsOnce(freshOptions(), lost, `cut at part ${part}`);
    }
  });

  it('is cut in the middle of its bytes', async () => {
    await using proxy = await startDroppingProxy(service);
    for (const afterBytes of [64 * 1024, 5 * MIB]) {
      const options = freshOptions({ endpoint: `https://localhost:${proxy.port}` });
      proxy.cutNext(1, afterBytes);
      const lost = failsAs('upstream_unreachable', /was lost/, { retryable: true, documentOnly: false });
      await failsOnce(options, lost, `${afterBytes}`);
    }
  });

  // docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html: processing can fail after 200.
  for (const [what, answer, message] of [
    ['an error', '<?xml version="1.0"?><Error><Code>InternalError</Code></Error>', /is busy or does not work \(InternalError\)/],
    ['an error and a line break', '<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>\n', /did not say that it is there/],
    ['nothing', '', /is busy or does not work \(InternalError\)/],
  ] as const) {
    it(`is answered with 200 and ${what} at its end`, async () => {
      service.intercept(({ method, path }, response) => {
        if (method !== 'POST' || !path.includes('uploadId=')) return false;
        response.writeHead(200, { 'content-type': 'application/xml' }).end(answer);
        return true;
      });
      await failsOnce(freshOptions(), failsAs('upstream_refused', message, { retryable: true }), what);
    });
  }
});

describe('an upload in parts that is cancelled', { concurrency: false }, () => {
  it('is taken back, so that no part stays and costs money', async () => {
    const options = freshOptions();
    const cancelling = new AbortController();
    service.intercept(({ method, path }) => {
      if (method !== 'PUT' || !path.includes('partNumber=1')) return false;
      cancelling.abort();
      return true;
    });
    const large = testDocument('large.bin', randomBytes(17 * 1024 * 1024));
    await assert.rejects(publish(large, options, { signal: cancelling.signal }));
    const last = service.requests.findLast(({ path }) => path.includes('large.bin'));
    assert.equal(last?.method, 'DELETE');
    assert.match(last.path, /uploadId=/);
  });
});

describe('checking an S3 publisher', { concurrency: false }, () => {
  it('takes s3:PutObject alone, and leaves nothing', async () => {
    const options = freshOptions();
    assert.match(await check(options), /accepts the credentials\. They may write and look\.$/);
    service.permit('s3:PutObject', 's3:AbortMultipartUpload');
    assert.match(await check(options), /They may write; what is not there.*sent again in each run\.$/);
    service.permit('s3:PutObject');
    assert.match(await check(options), /may not take back an upload/);
    assert.deepEqual(await service.keysOf(options.bucket), []);
  });

  it('says nothing about rights when the service is busy, or the connection is lost, once it has begun', async () => {
    const options = freshOptions();
    for (const method of ['DELETE', 'HEAD']) {
      for (const status of [408, 429, 500, 503]) {
        service.intercept((request, response) => {
          if (request.method !== method) return false;
          answerError(response, request, status, 'SlowDown', { 'retry-after': '7' });
          return true;
        });
        const busy = failsAs('upstream_refused', /is busy or does not work/, { retryable: true, retryAfterMilliseconds: 7_000 });
        await assert.rejects(check(options), busy, `${method} ${status}`);
      }
      service.intercept((request, response) => {
        if (request.method !== method) return false;
        response.destroy();
        return true;
      });
      await assert.rejects(check(options), failsAs('upstream_unreachable', /was lost/, { retryable: true }), method);
    }
  });
});

describe('the options of an S3 publisher', () => {
  const keys = { accessKeyId: 'AKIA', secretAccessKey: 'x' };
  it('name one destination', () => {
    for (const [options, destination] of [
      [{ bucket: 'docs' }, 'https://docs.s3.us-east-1.amazonaws.com:443'],
      [{ bucket: 'docs', region: 'eu-central-1' }, 'https://docs.s3.eu-central-1.amazonaws.com:443'],
      [{ bucket: 'my.docs', endpoint: 'https://s3.{region}.amazonaws.com' }, 'https://s3.us-east-1.amazonaws.com:443'],
      [{ bucket: 'docs', endpoint: 'http://minio.example:9000/' }, 'http://minio.example:9000'],
      [{ bucket: 'docs', endpoint: 'https://acme.example/storage/v1/s3' }, 'https://acme.example:443'],
    ] as const) {
      assert.deepEqual(s3Publisher.destinations({ ...keys, ...options }), [destination]);
      assert.deepEqual(configuredDestinations(s3Publisher.type, options), [destination]);
    }
  });

  it('are refused by title when they cannot work', () => {
    for (const bad of [
      { bucket: 'Docs' },
      { bucket: 'a' },
      { bucket: 'a..b' },
      { bucket: 'a/b' },
      { bucket: 'my.docs' },
      { endpoint: 'ftp://x' },
      { endpoint: 'https://user:pass@x' },
      { endpoint: 'https://x/?y' },
      { endpoint: 'https://x.{bucket}/' },
      { endpoint: 'https://x/../y' },
      { region: 'a b' },
      { folder: '/a' },
      { folder: 'a/../b' },
      { existing: 'maybe' },
      { accessKeyId: '' },
      { secretAccessKey: 'a\nb' },
      { secretAccessKey: undefined },
    ]) {
      assert.throws(
        () => s3Publisher.destinations({ bucket: 'docs', ...keys, ...bad }),
        (error: ConnectorError) => error.code === 'option_invalid' && /The (?:option “|bucket “)/.test(error.message),
        JSON.stringify(bad),
      );
    }
  });
});
