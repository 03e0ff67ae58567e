import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigurationError, readSettings } from '@holdfast/settings';
import { bucketSettings } from './bucket-settings.ts';

const KEYS = { HOLDFAST_DOCUMENTS_ACCESS_KEY_ID: 'an id', HOLDFAST_DOCUMENTS_SECRET_ACCESS_KEY: 'a key' };
const settingsOf = (environment: Record<string, string>) => bucketSettings(readSettings(environment, ['data']));

test('where the bucket is follows from its name, its region and the endpoint', () => {
  const place = (endpoint: string | undefined, bucket = 'acme') => {
    const settings = settingsOf({
      HOLDFAST_DOCUMENTS_BUCKET: bucket,
      ...(endpoint !== undefined && { HOLDFAST_DOCUMENTS_ENDPOINT: endpoint }),
      HOLDFAST_DOCUMENTS_REGION: 'eu-central-1',
      ...KEYS,
    });
    return [settings?.endpoint, settings?.destination, settings?.host, settings?.port, settings?.pathStyle];
  };
  assert.deepEqual(place(undefined), [
    'https://s3.eu-central-1.amazonaws.com',
    'https://acme.s3.eu-central-1.amazonaws.com:443',
    'acme.s3.eu-central-1.amazonaws.com',
    443,
    false,
  ]);
  assert.deepEqual(place('http://minio.example:9000/'), [
    'http://minio.example:9000',
    'http://minio.example:9000',
    'minio.example',
    9000,
    true,
  ]);
  assert.deepEqual(place('http://[::1]:9000'), ['http://[::1]:9000', 'http://[::1]:9000', '[::1]', 9000, true]);
  assert.deepEqual(place('https://files.example./store'), [
    'https://files.example./store',
    'https://files.example.:443',
    'files.example.',
    443,
    true,
  ]);
});

test('without a bucket the other settings mean nothing; with one its keys are asked for by name', () => {
  assert.equal(settingsOf(KEYS), undefined);
  for (const missing of ['HOLDFAST_DOCUMENTS_ACCESS_KEY_ID', 'HOLDFAST_DOCUMENTS_SECRET_ACCESS_KEY']) {
    assert.throws(
      () => settingsOf({ HOLDFAST_DOCUMENTS_BUCKET: 'acme', ...KEYS, [missing]: '' }),
      (error: Error) =>
        error instanceof ConfigurationError &&
        error.message.startsWith(`${missing} is not set. Set it, or ${missing}_FILE, to the `) &&
        error.message.endsWith('of the bucket that HOLDFAST_DOCUMENTS_BUCKET names.'),
    );
  }
});

test('an endpoint that nothing may be sent to is refused by name', () => {
  assert.throws(
    () => settingsOf({ HOLDFAST_DOCUMENTS_BUCKET: 'acme', HOLDFAST_DOCUMENTS_ENDPOINT: 'http://my_store:9000', ...KEYS }),
    /HOLDFAST_DOCUMENTS_ENDPOINT is no address with this bucket and region\. Write a host of letters/,
  );
});
