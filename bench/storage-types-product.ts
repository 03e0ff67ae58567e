import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { azureBlob } from '../connectors/azure-blob/connector.ts';
import { httpPublisher } from '../connectors/http/connectors.ts';
import { s3Publisher } from '../connectors/s3/connectors.ts';
import { sftpPublisher } from '../connectors/sftp/connectors.ts';
import { testContext, testDocument } from '../tests/harness/connector-context.ts';
import { printMeasured } from './storage-types-memory.ts';

/** One document through a publisher and the real egress. Run by storage-types.ts. */
const [, , type = '', port = '', file = '', sha256 = '', hostKey = ''] = process.argv;
const origin = `http://127.0.0.1:${port}`;
const key = Buffer.alloc(64, 7).toString('base64');
const PUBLISHERS = {
  azure: [azureBlob, { connectionString: `AccountName=acme;AccountKey=${key};BlobEndpoint=${origin}/acme;`, container: 'docs' }],
  s3: [s3Publisher, { endpoint: origin, bucket: 'docs', accessKeyId: 'AKIABENCH', secretAccessKey: key }],
  http: [httpPublisher, { baseUrl: `${origin}/files`, authentication: 'bearer', credential: key }],
  sftp: [sftpPublisher, { host: '127.0.0.1', port: Number(port), user: 'ada', password: 'bench', hostKey }],
} as const;
const [publisher, options] = PUBLISHERS[type as keyof typeof PUBLISHERS];
await using context = testContext({ destinations: publisher.destinations(options), values: [key] });
// Its library is loaded, and what is compiled at the first use.
await publisher.publish(testDocument('small.txt', Buffer.from('one')), options, context);
const { size } = await stat(file);
const document = {
  name: 'large.bin',
  contentType: 'application/octet-stream',
  size,
  sha256,
  idempotencyKey: sha256,
  read: () => createReadStream(file, { highWaterMark: 1024 * 1024 }),
  progress: () => {},
};
await printMeasured(() => publisher.publish(document, options, context));
process.exit(0);
