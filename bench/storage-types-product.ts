import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Options, PublisherConnector, SourceConnector } from '@holdfast/connector';
import { azureBlob, azureBlobSource } from '../connectors/azure-blob/connectors.ts';
import { emailPublisher } from '../connectors/email/connectors.ts';
import { httpPublisher, httpSource } from '../connectors/http/connectors.ts';
import { s3Publisher, s3Source } from '../connectors/s3/connectors.ts';
import { createObjectStore } from '../connectors/s3/object-store.ts';
import { sftpPublisher, sftpSource } from '../connectors/sftp/connectors.ts';
import { testContext, testDocument } from '../tests/harness/connector-context.ts';
import { printMeasured } from './storage-types-memory.ts';

/** One document through a connector and the real egress. Run by storage-types.ts. */
const [, , type = '', port = '', file = '', sha256 = '', hostKey = ''] = process.argv;
const origin = `http://127.0.0.1:${port}`;
const key = Buffer.alloc(64, 7).toString('base64');
const azure = { connectionString: `AccountName=acme;AccountKey=${key};BlobEndpoint=${origin}/acme;`, container: 'docs' };
const s3 = { endpoint: origin, bucket: 'docs', accessKeyId: 'AKIABENCH', secretAccessKey: key };
const sftp = { host: '127.0.0.1', port: Number(port), user: 'ada', password: 'bench', hostKey };
const mail = { host: '127.0.0.1', port: Number(port), security: 'smtp', withoutTls: true, from: 'ada@example.com', to: 'bob@example.org' };
const http = { authentication: 'bearer', credential: key };
const { size } = await stat(file);

const PUBLISHERS: Readonly<Record<string, readonly [PublisherConnector, Options]>> = {
  azure: [azureBlob, azure],
  s3: [s3Publisher, s3],
  http: [httpPublisher, { ...http, baseUrl: `${origin}/files` }],
  sftp: [sftpPublisher, sftp],
  email: [emailPublisher, mail],
};
const SOURCES: Readonly<Record<string, readonly [SourceConnector, Options, reference: string]>> = {
  'azure-source': [azureBlobSource, azure, 'large.bin'],
  's3-source': [s3Source, s3, 'large.bin'],
  'http-source': [httpSource, { ...http, url: `${origin}/files`, paths: 'large.bin' }, '/files/large.bin'],
  'sftp-source': [sftpSource, sftp, 'large.bin'],
};

if (Object.hasOwn(PUBLISHERS, type)) {
  const [publisher, options] = PUBLISHERS[type] as (typeof PUBLISHERS)[string];
  await using context = testContext({ destinations: publisher.destinations(options), values: [key] });
  // Its library is loaded, and what is compiled at the first use.
  await publisher.publish(testDocument('small.txt', Buffer.from('one')), options, context);
  const document = { name: 'large.bin', contentType: 'application/octet-stream', size, sha256, idempotencyKey: sha256 };
  await printMeasured(() => publisher.publish({ ...document, read: opened, progress: () => {} }, options, context));
} else if (Object.hasOwn(SOURCES, type)) {
  const [source, options, reference] = SOURCES[type] as (typeof SOURCES)[string];
  await using context = testContext({ destinations: source.destinations(options), values: [key] });
  for await (const _ of (await source.read(reference, options, context)).body) break;
  await printMeasured(async () => requireAll((await source.read(reference, options, context)).body));
} else {
  // Without a value: documents of the bucket are not looked through (decision 71).
  await using context = testContext({ destinations: [`http://127.0.0.1:${port}`], values: [] });
  const store = createObjectStore({ ...s3, pathStyle: true, region: 'us-east-1' }, context);
  await store.put('small.txt', [Buffer.from('one')] as never);
  await printMeasured(() => (type === 'bucket' ? store.put('large.bin', opened()) : requireAll(store.read('large.bin'))));
}
process.exit(0);

function opened() {
  return createReadStream(file, { highWaterMark: 1024 * 1024 });
}

async function requireAll(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let length = 0;
  for await (const piece of bytes) length += piece.length;
  if (length !== size) throw new Error(`${length} bytes came in place of ${size}.`);
}
