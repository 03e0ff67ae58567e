import assert from 'node:assert/strict';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { it } from 'node:test';
import { testContext } from '../../tests/harness/connector-context.ts';
import { freePort } from '../../tests/harness/ports.ts';
import { s3Publisher } from './connectors.ts';

/** All that is read of files by promises from now on. */
function watchFiles(): string[] {
  const read: string[] = [];
  const { readFile } = files;
  files.readFile = ((path: string, ...rest: []) => {
    read.push(String(path));
    return readFile(path, ...rest);
  }) as typeof readFile;
  syncBuiltinESMExports();
  return read;
}

it('the SDK of S3 looks nothing up in files, nor in the environment, when it is handed what it would look for', async () => {
  const read = watchFiles();
  // Before the SDK is loaded.
  for (const [name, value] of [
    ['AWS_REGION', 'us-gov-west-1'],
    ['AWS_ACCESS_KEY_ID', 'AKIACANARY'],
    ['AWS_SECRET_ACCESS_KEY', 'canary'],
    ['AWS_SESSION_TOKEN', 'canary'],
    ['AWS_ENDPOINT_URL', 'http://127.0.0.1:1'],
    ['AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1'],
    ['AWS_MAX_ATTEMPTS', '5'],
    ['AWS_USE_FIPS_ENDPOINT', 'true'],
    ['AWS_USE_DUALSTACK_ENDPOINT', 'true'],
    ['AWS_REQUEST_CHECKSUM_CALCULATION', 'WHEN_SUPPORTED'],
    ['AWS_DEFAULTS_MODE', 'auto'],
  ] as const)
    process.env[name] = value;
  const { HeadBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  await new S3Client({ requestHandler: { handle: async () => ({ response: { statusCode: 200, headers: {} } }) } as never })
    .send(new HeadBucketCommand({ Bucket: 'docs' }))
    .catch(() => undefined);
  const ofAws = () => read.filter((path) => path.includes('.aws')).length;
  assert.ok(ofAws() > 0, 'the watch sees what the SDK reads by itself');
  read.length = 0;

  const options = { endpoint: `http://127.0.0.1:${await freePort()}`, bucket: 'docs', accessKeyId: 'AKIA', secretAccessKey: 'x' };
  await using context = testContext({ destinations: s3Publisher.destinations(options) });
  await assert.rejects(s3Publisher.check(options, context), /Nothing answers/);
  assert.deepEqual(context.requests.length, 1);
  assert.equal(ofAws(), 0);
});
